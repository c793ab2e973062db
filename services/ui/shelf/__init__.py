"""The library page's parts: the list of stories, one story's details, its tree as a picture."""
