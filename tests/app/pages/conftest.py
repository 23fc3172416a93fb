"""Pages as a browser asks for them."""

from html.parser import HTMLParser

import pytest

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.form: list[tuple[str, str]] = []
        """What a browser would send of the page's forms, without buttons and files."""
        self.text = ""
        self._area: str | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.elements.append((tag, given))
        name, value = given.get("name"), given.get("value") or ""
        if (tag == "input" and name and given.get("type") not in ("file", "checkbox")) or (
            tag == "input" and given.get("type") == "checkbox" and "checked" in given
        ):
            self.form.append((name, value))
        elif tag == "textarea":
            self._area = name
            self.form.append((name, ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.form.append((self._select, value))

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None

    def handle_data(self, data):
        self.text += data
        if self._area is not None:
            self.form[-1] = (self._area, self.form[-1][1] + data)

    def filled(self, **changes):
        """The form's fields with some of them changed; `o0__target` is `o0.target`."""
        values: dict[str, list[str]] = {}
        for name, value in self.form:
            values.setdefault(name, []).append(value)
        return values | {name.replace("__", "."): value for name, value in changes.items()}

    def all(self, tag, **wanted):
        """Attributes of the elements of that tag that have these."""
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    @property
    def links(self):
        """Every address that the page refers to."""
        names = ("href", "src", "action", "formaction", "hx-get", "hx-post", "hx-delete", "data")
        return [
            attributes[name]
            for _, attributes in self.elements
            for name in names
            if attributes.get(name)
        ]


@pytest.fixture
def browse(client):
    """The parsed page at a path."""

    def get(path, status=200, **kwargs):
        response = client.get(path, headers=BROWSER | kwargs.pop("headers", {}), **kwargs)
        assert response.status_code == status, response.text
        assert response.headers["content-type"].startswith("text/html")
        return Page(response.text)

    return get
