"""Pictures of the demo shop's goods, drawn as SVG, so that it looks like a shop offline."""

from collections.abc import Mapping
from typing import Final

COLORS: Final[Mapping[str, tuple[str, str]]] = {
    "black": ("#33363b", "#1f2226"),
    "white": ("#f6f5f1", "#d9d5cb"),
    "red": ("#b5483a", "#8d3429"),
    "ink": ("#3d5a50", "#2b423a"),
    "sand": ("#cdb68d", "#ab9266"),
    "blue": ("#4a6fa0", "#35547e"),
    "sage": ("#a9b79b", "#87977a"),
    "clay": ("#bf7a55", "#9c5d3c"),
    "cream": ("#efe3c9", "#cfbf9d"),
    "gold": ("#c9a24b", "#a07d31"),
    "brown": ("#6d4a34", "#4f3424"),
}
"""The colour of a thing and of what lies in its shade."""

_SHAPES: Final[Mapping[str, str]] = {
    "tee": '<path d="M150 120l-62 40 26 62 32-14v112h108V208l32 14 26-62-62-40c-14 22-86 22-100 0z"'
    ' fill="{c}" stroke="{d}" stroke-width="3"/><path d="M150 120c14 22 86 22 100 0-12 40-88'
    ' 40-100 0z" fill="{d}"/>',
    "parka": '<path d="M152 112l-58 34-20 132 36 6 20-78v122h140V206l20 78 36-6-20-132-58-34z"'
    ' fill="{c}" stroke="{d}" stroke-width="3"/><path d="M152 112c0-40 96-40 96 0 0 28-22 40-48'
    ' 40s-48-12-48-40z" fill="{d}"/><path d="M200 152v176M150 240h34M216 240h34" stroke="{d}"'
    ' stroke-width="4"/>',
    "shirt": '<path d="M156 108l-64 36-8 150 34 2 8-84v124h148V212l8 84 34-2-8-150-64-36-44 30z"'
    ' fill="{c}" stroke="{d}" stroke-width="3"/><path d="M156 108l44 34 44-34-10 46-34-12-34 12z"'
    ' fill="{d}" opacity=".7"/><path d="M200 142v194" stroke="{d}" stroke-width="3"/><g'
    ' fill="{d}"><circle cx="207" cy="190" r="4"/><circle cx="207" cy="236" r="4"/><circle'
    ' cx="207" cy="282" r="4"/></g>',
    "scarf": '<path d="M128 128c40 46 104 46 144 0l18 36c-54 54-126 54-180 0z" fill="{c}"/><path'
    ' d="M150 170l56 22-18 150h-58z" fill="{c}" stroke="{d}" stroke-width="3"/><path d="M128'
    ' 128c40 46 104 46 144 0l18 36c-54 54-126 54-180 0z" fill="none" stroke="{d}"'
    ' stroke-width="3"/><path d="M138 300h52M142 272h52M134 342v16M148 342v16M162 342v16M176'
    ' 342v16" stroke="{d}" stroke-width="4"/>',
    "buds": '<rect x="112" y="176" width="176" height="130" rx="56" fill="{c}" stroke="{d}"'
    ' stroke-width="3"/><path d="M112 224h176" stroke="{d}" stroke-width="3"/><circle cx="200"'
    ' cy="258" r="6" fill="{d}"/><path d="M150 172c-14-60 34-72 38-38l4 38zM250 172c14-60-34-72'
    '-38-38l-4 38z" fill="{c}" stroke="{d}" stroke-width="3"/>',
    "phone": '<rect x="132" y="76" width="136" height="256" rx="26" fill="{d}"/><rect x="140"'
    ' y="84" width="120" height="240" rx="19" fill="{c}"/><rect x="154" y="98" width="48"'
    ' height="72" rx="16" fill="{d}"/><g fill="#0b0d10"><circle cx="178" cy="118" r="13"/><circle'
    ' cx="178" cy="150" r="13"/></g><circle cx="230" cy="112" r="6" fill="#fff" opacity=".8"/>',
    "cable": '<path d="M120 150c0 100 160-40 160 60s-160 0-160 96" fill="none" stroke="{d}"'
    ' stroke-width="16" stroke-linecap="round"/><path d="M120 150c0 100 160-40 160 60s-160 0-160'
    ' 96" fill="none" stroke="{c}" stroke-width="10" stroke-linecap="round"/><g fill="{d}"><rect'
    ' x="102" y="104" width="36" height="50" rx="8"/><rect x="102" y="300" width="36" height="50"'
    ' rx="8"/></g><g fill="#c9ccd1"><rect x="110" y="84" width="20" height="22" rx="4"/><rect'
    ' x="110" y="350" width="20" height="22" rx="4"/></g>',
    "speaker": '<rect x="124" y="84" width="152" height="244" rx="40" fill="{c}" stroke="{d}"'
    ' stroke-width="3"/><circle cx="200" cy="246" r="52" fill="{d}"/><circle cx="200" cy="246"'
    ' r="24" fill="{c}"/><circle cx="200" cy="140" r="26" fill="{d}"/>',
    "tin": '<rect x="130" y="138" width="140" height="190" rx="12" fill="{c}" stroke="{d}"'
    ' stroke-width="3"/><rect x="122" y="104" width="156" height="42" rx="12" fill="{d}"/><rect'
    ' x="150" y="182" width="100" height="104" rx="6" fill="#f7f1e2"/><path d="M200 266c-34-14-34'
    '-44 0-66 34 22 34 52 0 66zm0 0v-50" fill="#7d9a6a" stroke="#55734a" stroke-width="3"/>',
    "cake": '<circle cx="200" cy="216" r="112" fill="#f1e6cf" stroke="{d}" stroke-width="3"/>'
    '<circle cx="200" cy="216" r="82" fill="{c}"/><g fill="{d}" opacity=".55">'
    '<circle cx="176" cy="190" r="12"/><circle cx="228" cy="204" r="15"/>'
    '<circle cx="194" cy="248" r="17"/><circle cx="238" cy="252" r="9"/>'
    '<circle cx="156" cy="228" r="9"/></g><circle cx="200" cy="216" r="18"'
    ' fill="#f1e6cf"/>',
    "gaiwan": '<ellipse cx="200" cy="312" rx="112" ry="20" fill="{d}"/><ellipse cx="200" cy="304"'
    ' rx="112" ry="20" fill="{c}" stroke="{d}" stroke-width="3"/><path d="M118 190h164c-4 70-36'
    ' 106-58 110h-48c-22-4-54-40-58-110z" fill="{c}" stroke="{d}" stroke-width="3"/><path d="M128'
    ' 186c12-48 132-48 144 0z" fill="{c}" stroke="{d}" stroke-width="3"/><rect x="184" y="128"'
    ' width="32" height="20" rx="8" fill="{d}"/><path d="M150 226c30 14 70 14 100 0" fill="none"'
    ' stroke="{d}" stroke-width="4" opacity=".5"/>',
}
_GROUNDS: Final = ("#e9e4d8", "#e3e8e2", "#ece1d8", "#e2e5ea")
_PICTURE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
    '<rect width="400" height="400" fill="{ground}"/>'
    '<ellipse cx="200" cy="346" rx="120" ry="16" fill="#000" opacity=".07"/>{shape}</svg>'
)


def picture(name: str) -> str | None:
    """The picture `<shape>-<colour>`; None when there is no such shape or colour."""
    shape, _, color = name.partition("-")
    if shape not in _SHAPES or color not in COLORS:
        return None
    light, dark = COLORS[color]
    drawn = _SHAPES[shape].format(c=light, d=dark)
    ground = _GROUNDS[(list(_SHAPES).index(shape) + list(COLORS).index(color)) % len(_GROUNDS)]
    return _PICTURE.format(ground=ground, shape=drawn)
