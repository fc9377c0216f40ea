"""Files that imglab does not bring along: pinned downloads.

Some files are too large or not ours to ship. Each stands here with its address
and its SHA-256, lies in a cache folder of the user's once `fetch` has brought
it, and is hashed again at every `read`: what was changed is never used. A
download that was interrupted goes on where it stopped.

The only room that uses the network, and only in `fetch`, which only
``imglab fetch NAME`` calls. Inside: `pins` (what there is, and the sentences of
what goes wrong), `network` (an address to bytes) and `cache` (bytes to a file,
and back).
"""

from imglab.weights.cache import cache_folder, fetch, read, read_checked
from imglab.weights.pins import FILES, Pinned, PinnedFileError, Table, look_up

__all__ = [
    "FILES",
    "Pinned",
    "PinnedFileError",
    "Table",
    "cache_folder",
    "fetch",
    "look_up",
    "read",
    "read_checked",
]
