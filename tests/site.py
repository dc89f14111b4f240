"""Another site of the territory: Apache with mod_auth_openidc, which knows nothing of us but what the desk gave it.

For journeys: the library's site, whose pages under ``/prive/`` open to whoever signs in with the account of the house.
"""

import contextlib
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests import cluster

APACHE = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "include", "mime", "dir", "auth_openidc")
PRIVATE = """<!doctype html><html lang="fr"><title>Médiathèque</title>
<h1>Bonjour <!--#echo var="OIDC_CLAIM_name" --></h1>
<p>Commune : <!--#echo var="OIDC_CLAIM_commune" --></p><p>Niveau : <!--#echo var="OIDC_CLAIM_acr" --></p>
<p><a href="/prive/retour?logout={out}">Quitter la médiathèque</a></p></html>"""
GONE = """<!doctype html><html lang="fr"><title>Au revoir</title><h1>Au revoir</h1></html>"""


class Site:
    """A site on a port of its own; its folder holds its configuration, its pages and its log."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, cluster.free_port()
        for one in folder.parents if os.getuid() == 0 else ():
            if not one.stat().st_mode & 0o001:
                one.chmod(one.stat().st_mode | 0o001)  # started by root, Apache serves as another user
        folder.chmod(0o755)
        self.url = f"http://127.0.0.1:{self.port}"
        self.back, self.out = f"{self.url}/prive/retour", f"{self.url}/parti.html"

    @contextlib.contextmanager
    def open(self, issuer: str, client_id: str, secret: str) -> Iterator[None]:
        """Serve it. Raises RuntimeError with Apache's log when it does not start."""
        pages = self.folder / "pages" / "prive"
        pages.mkdir(parents=True)
        (pages / "index.html").write_text(PRIVATE.format(out=quote(self.out, safe="")))
        (pages.parent / "parti.html").write_text(GONE)
        (self.folder / "mime.types").write_text("text/html html\n")  # a bare machine has none
        settings = self.folder / "apache.conf"
        settings.write_text(self._settings(issuer, client_id, secret))
        with (self.folder / "start.log").open("wb") as log:
            apache = subprocess.Popen(
                [APACHE, "-f", str(settings), "-D", "FOREGROUND"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            self._wait(apache)
            yield
        finally:
            apache.terminate()
            apache.wait(15)

    def _wait(self, apache: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and apache.poll() is None:
            with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(self.out, timeout=5):
                return
            time.sleep(0.05)
        logs = [path.read_text() for path in sorted(self.folder.glob("*.log"))]
        raise RuntimeError(f"the site did not start: {logs}")

    def _settings(self, issuer: str, client_id: str, secret: str) -> str:
        modules = "\n".join(f"LoadModule {name}_module {MODULES / f'mod_{name}.so'}" for name in LOADED)
        return f"""{modules}
ServerName 127.0.0.1
ServerRoot {self.folder}
Listen 127.0.0.1:{self.port}
PidFile {self.folder}/apache.pid
DefaultRuntimeDir {self.folder}
Mutex file:{self.folder}
ErrorLog {self.folder}/error.log
LogLevel warn auth_openidc:info
TypesConfig {self.folder}/mime.types
DocumentRoot {self.folder}/pages
DirectoryIndex index.html
AddDefaultCharset utf-8
AddOutputFilter INCLUDES .html
User www-data
Group www-data
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI {self.back}
OIDCScope "openid profile address"
OIDCPKCEMethod S256
OIDCCryptoPassphrase for-this-test-only
OIDCSSLValidateServer Off
OIDCCookieSameSite On
<Directory {self.folder}/pages>
  Options +Includes
  Require all granted
</Directory>
<Location /prive>
  AuthType openid-connect
  Require valid-user
</Location>
"""
