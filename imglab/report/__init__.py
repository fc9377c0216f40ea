"""One HTML page of a comparison, in one file that needs no network.

It holds the table of every metric with its meaning, the gate's notes, both
pictures, and what lies between them: the difference, the SSIM map, the lines
between keypoints found again. Pictures are data inside the page, names are
escaped, and nothing in it is a script.

Inside: `figures` draws what is between two pictures, `page` writes the HTML,
`files` puts it on the disk whole or not at all.
"""

from imglab.report.figures import Shown, draw
from imglab.report.files import check_path, write
from imglab.report.page import fragment, page

__all__ = ["Shown", "check_path", "draw", "fragment", "page", "write"]
