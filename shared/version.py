"""Which Once this is. Read from here, since an image carries no package of that name."""

VERSION = "0.1.0"
