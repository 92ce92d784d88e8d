"""Odoo's web client as a browser gets it: logged in, with every file that its page names."""

from __future__ import annotations

import re
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urljoin

from workbench.odoo.sandbox import Sandbox


def browser() -> urllib.request.OpenerDirector:
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)


def client_files(box: Sandbox) -> str:
    """Log in and get every bundle of scripts and styles, none of them empty; the address of the page after the login."""
    client = browser()
    with client.open(f"{box.url}/web/login?db={box.database}") as page:
        assert page.status == 200
        html = page.read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token
    form = f"csrf_token={token[1]}&login={box.login}&password={box.password()}".encode()
    with client.open(f"{box.url}/web/login", form) as page:
        there = str(page.url)
        html += page.read().decode()
    bundles = set(re.findall(r'(?:src|href|data-src)="(/web/(?:assets|content)/[^"]+\.(?:js|css))"', html))
    assert {Path(bundle).suffix for bundle in bundles} == {".js", ".css"}
    for bundle in bundles:
        with client.open(urljoin(box.url, bundle)) as answer:
            assert answer.status == 200
            assert len(answer.read()) > 100
    return there
