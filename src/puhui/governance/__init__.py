"""May we, who said so, and what happened.

Promises: every act of weight is one record of the audit chain, and `verify` finds the first record that was
altered, moved or removed; a read of a firm's rows names a purpose and rests on a standing consent or on a stated
public basis. Refuses: to read without either, and to change or delete a record (the database itself says no).
"""
