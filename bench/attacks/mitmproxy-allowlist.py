# A host allowlist with a path rule and one injected credential, for mitmproxy: every request is
# judged by where mitmproxy will send it and by the name it shows, whatever the tunnel was for.

import json
import os

from mitmproxy import http

with open(os.environ["TASK"]) as file:
    TASK = json.load(file)


def is_listed(host):
    host = host.lower()
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in TASK["listed"])


def deny(flow):
    flow.response = http.Response.make(403, b"denied", {"content-type": "text/plain"})


class Allowlist:
    def http_connect(self, flow):
        if not is_listed(flow.request.host) or flow.request.port != 443:
            deny(flow)

    def request(self, flow):
        request = flow.request
        if not is_listed(request.host) or not is_listed(request.pretty_host):
            return deny(flow)
        if request.scheme == "http" and request.host != TASK["listed"][0]:
            return deny(flow)
        if request.host == "rules.test":
            if request.method != "GET" or not request.path.startswith(TASK["openPrefix"]):
                return deny(flow)
        if request.host == "key.test":
            for name in ("authorization", "x-api-key", "proxy-authorization", "cookie"):
                request.headers.pop(name, None)
            request.headers["authorization"] = "Bearer " + TASK["secret"]


addons = [Allowlist()]
