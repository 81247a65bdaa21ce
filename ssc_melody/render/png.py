"""A picture as a PNG file, by Pillow."""

from __future__ import annotations

import io

from ssc_melody.errors import MidiError, SscMelodyError
from ssc_melody.render.picture import Box, Line, Picture

SCALE = 2
"""Pixels of the file for one of the picture, so that it is sharp."""

MAX_PIXELS = 100_000_000


def to_png(picture: Picture, name: str = "MIDI file") -> bytes:
    """Returns the picture as a PNG file.

    Args:
        picture: What `picture.draw` returns.
        name: The piece, for messages.

    Raises:
        SscMelodyError: Pillow is not installed.
        MidiError: The picture has more than 100 million pixels.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise SscMelodyError(
            f"a PNG picture needs Pillow: {error}; pip install pillow, or use `svg`"
        ) from error
    size = (round(SCALE * picture.width), round(SCALE * picture.height))
    if size[0] * size[1] > MAX_PIXELS:
        raise MidiError(
            f"{name}: expected a picture of at most {MAX_PIXELS:,} pixels, found "
            f"{size[0]} x {size[1]}; `svg` has no such limit"
        )
    image = Image.new("RGB", size)
    pen = ImageDraw.Draw(image)
    fonts = {
        text_size: ImageFont.load_default(SCALE * text_size)
        for text_size in {s.size for s in picture.shapes if not isinstance(s, Box | Line)}
    }
    anchors = {"start": "lm", "end": "rm"}
    for shape in picture.shapes:
        if isinstance(shape, Box):
            corners = _corners(shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
            pen.rounded_rectangle(corners, round(SCALE * shape.radius), fill=shape.colour)
        elif isinstance(shape, Line):
            ends = _corners(shape.x1, shape.y1, shape.x2, shape.y2)
            pen.line(ends, shape.colour, round(SCALE * shape.width))
        else:
            pen.text(
                (SCALE * shape.x, SCALE * shape.y),
                shape.text,
                fill=shape.colour,
                font=fonts[shape.size],
                anchor=anchors[shape.anchor],
            )
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _corners(x1: float, y1: float, x2: float, y2: float) -> tuple[int, int, int, int]:
    """Returns two corners in the file's pixels; a box ends before the next one begins."""
    left, top = round(SCALE * x1), round(SCALE * y1)
    return left, top, max(left, round(SCALE * x2) - 1), max(top, round(SCALE * y2) - 1)
