"""What VAT invoices say of a firm: one file per subject, read through `reading`. A variable is one entry."""
