"""The pages that chemists look at: rendered here with Jinja2, kept alive by htmx.

A page is a route of its own module that calls the same services as the REST routes and hands what
they answer to ``rendering.render``; a part that is fetched alone is a template whose name begins
with ``_``. ``router`` lists the modules, ``navigation`` what the top of every page leads to. In
``static`` lie the style sheets and our own ES modules, which need no build; what ``assets`` serves
beside them is installed by npm from the lock file. ``front`` turns every refusal into a page and
tells the browser to load nothing from anywhere else, so no template may hold a script, a style
attribute or an address of another host.
"""
