"""The house over HTTP, for programs: the same verbs, the same table of rights, described by OpenAPI 3.1.

Promises that every write carries an idempotency key and is done once; that every refusal is a problem (RFC 9457) with
the rule's code; that lists come in pages; that the description served is what is done.
Refuses a call without a token, beyond its scopes or its user's rights, and too many at once.
"""
