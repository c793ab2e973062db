"""A story on a page while it is written: the browser follows it, and no page is run for that."""
