"""Pages as a browser asks for them."""

from html.parser import HTMLParser

import pytest

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

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
