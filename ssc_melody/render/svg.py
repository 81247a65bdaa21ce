"""A picture as an SVG file."""

from __future__ import annotations

from html import escape

from ssc_melody.render.picture import Box, Line, Picture

_FONT = "system-ui, 'DejaVu Sans', sans-serif"


def to_svg(picture: Picture, title: str = "") -> str:
    """Returns the picture as an SVG document.

    Args:
        picture: What `picture.draw` returns.
        title: What a screen reader says of it.
    """
    width, height = _number(picture.width), _number(picture.height)
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{_FONT}" '
        'style="max-width:100%;height:auto">',
        f"<title>{_text(title)}</title>",
    ]
    for shape in picture.shapes:
        if isinstance(shape, Box):
            radius = f' rx="{_number(shape.radius)}"' if shape.radius else ""
            rows.append(
                f'<rect x="{_number(shape.x)}" y="{_number(shape.y)}" '
                f'width="{_number(shape.width)}" height="{_number(shape.height)}"{radius} '
                f'fill="{shape.colour}"/>'
            )
        elif isinstance(shape, Line):
            rows.append(
                f'<path d="M{_number(shape.x1)} {_number(shape.y1)}L{_number(shape.x2)} '
                f'{_number(shape.y2)}" stroke="{shape.colour}" '
                f'stroke-width="{_number(shape.width)}"/>'
            )
        elif shape.text:
            rows.append(
                f'<text x="{_number(shape.x)}" y="{_number(shape.y)}" '
                f'font-size="{_number(shape.size)}" fill="{shape.colour}" '
                f'text-anchor="{shape.anchor}" dominant-baseline="central">'
                f"{_text(shape.text)}</text>"
            )
    return "\n".join([*rows, "</svg>", ""])


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Escapes a text; XML knows no control characters."""
    return escape("".join(char if char.isprintable() else " " for char in text))
