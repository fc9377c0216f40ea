"""The one gate: how a file becomes a picture, and a picture becomes a file.

`load` and `load_bytes` are the only way in. Whatever comes, out goes an array
of shape (H, W, 3), uint8, in sRGB, with notes of what was done on the way, or
one `imglab.validation.ImageInputError` of one line. The small tools beside
them (`to_gray`, `resize`, `encode_png`) take such arrays.

Inside, from the file to the array: `reading` (bytes from the disk),
`decoding` (bytes to Pillow's picture), `effort` (how much work a file may ask
for), `converting` (to 8-bit sRGB), `profiles` (colour management), `quiet` (no
side effects) and `wording` (the sentences).
"""

from imglab.image.arrays import encode_png, encode_png_quickly, resize, to_gray
from imglab.image.gate import Picture, load, load_bytes

__all__ = ["Picture", "encode_png", "encode_png_quickly", "load", "load_bytes", "resize", "to_gray"]
