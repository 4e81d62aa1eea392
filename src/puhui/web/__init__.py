"""The web: the only room that knows HTTP.

Promises: every page in English and Chinese, works without JavaScript, asks nothing of another host, and runs under a
strict content security policy. Refuses to listen beyond this machine: there are no users and roles yet.
"""
