"""Bootstrap tokens: the expired are removed, cluster-info is signed for the living; certificate requests of nodes are approved and signed."""

import base64

from practice import pki
from practice.api_auth import expired, find_resource, secret_value
from practice.api_rbac import Request, User, allowed
from practice.api_verbs import Cluster
from practice.cluster_info import PREFIX, detached_signature
from practice.durations import rfc3339
from practice.env import Env

SECRETS, MAPS = find_resource("secrets"), find_resource("configmaps")
REQUESTS = find_resource("certificatesigningrequests", "certificates.k8s.io")
NODE_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
USER_SIGNER = "kubernetes.io/kube-apiserver-client"


class Tokens:
    """Token cleaner, bootstrap signer, and the approver and signer of certificate requests."""

    def __init__(self, env: Env, cluster: Cluster) -> None:
        self.env, self.cluster, self.store = env, cluster, cluster.store

    def run(self) -> None:
        """One round."""
        self._tokens()
        self._requests()

    def _tokens(self) -> None:
        signatures: dict[str, tuple[str, str]] = {}
        for secret in list(self.store.list(SECRETS, "kube-system")):
            if secret.get("type") != "bootstrap.kubernetes.io/token":
                continue
            if expired(secret):
                self.store.remove(SECRETS, "kube-system", secret["metadata"]["name"])
            elif secret_value(secret, "usage-bootstrap-signing") == "true":
                identifier = secret_value(secret, "token-id")
                signatures[PREFIX + identifier] = (identifier, secret_value(secret, "token-secret"))
        info = self.store.find(MAPS, "kube-public", "cluster-info")
        if info is None:
            return
        data = info.get("data") or {}
        text = data.get("kubeconfig", "")
        wanted = {key: value for key, value in data.items() if not key.startswith(PREFIX)}
        wanted |= {key: detached_signature(text, *token) for key, token in signatures.items()}
        if wanted != data:
            info["data"] = wanted
            self.store.update(MAPS, info)

    def _requests(self) -> None:
        for request in list(self.store.list(REQUESTS)):
            status, name = request.get("status") or {}, request["metadata"]["name"]
            kinds = [condition["type"] for condition in status.get("conditions") or []]
            if not kinds and self._may_be_approved(request):
                condition = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": "Auto approving kubelet client certificate after SubjectAccessReview."}
                condition["lastUpdateTime"] = rfc3339()
                self.store.change(REQUESTS, "", name, lambda obj: obj.setdefault("status", {}).update({"conditions": [condition]}))
                kinds = ["Approved"]
            if "Approved" in kinds and not status.get("certificate") and request["spec"].get("signerName") in (NODE_SIGNER, USER_SIGNER):
                certificate = self._sign(request)
                self.store.change(REQUESTS, "", name, lambda obj: obj["status"].update({"certificate": certificate}))

    def _may_be_approved(self, request: dict) -> bool:
        spec = request["spec"]
        if spec.get("signerName") != NODE_SIGNER:
            return False
        subject = pki.request_subject(self.env, base64.b64decode(spec["request"]))
        if "system:nodes" not in subject.get("O", []) or not subject.get("CN", [""])[0].startswith("system:node:"):
            return False
        user = User(spec.get("username", ""), tuple(spec.get("groups") or []))
        own = user.name == subject["CN"][0]
        kind = "selfnodeclient" if own else "nodeclient"
        return allowed(self.store, user, Request("create", "certificates.k8s.io", "certificatesigningrequests", kind))

    def _sign(self, request: dict) -> str:
        seconds = int(request["spec"].get("expirationSeconds") or 365 * 86400)
        text = pki.sign_request(self.env, base64.b64decode(request["spec"]["request"]), max(1, seconds // 86400))
        return base64.b64encode(text.encode()).decode()
