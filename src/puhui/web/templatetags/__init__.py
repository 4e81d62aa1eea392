"""What the pages' templates may say: promises both languages in one place; refuses a text that has only one."""
