"""The web: the only room that knows HTTP.

Promises: every page in English and Chinese, works without JavaScript, asks nothing of another host, and runs under a
strict content security policy; every route says which act it needs, and the one table of rights says who may.
Refuses to listen beyond this machine: in production a proxy that ends TLS stands before it.
"""
