"""One noun per file. Every route is `async`: services belong to the event loop's thread."""
