"""The forms in which suppliers send files, each read as text in batches."""
