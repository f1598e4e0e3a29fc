"""How a bootstrap token vouches for the ConfigMap cluster-info."""

import base64
import hashlib
import hmac
import json

PREFIX = "jws-kubeconfig-"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def detached_signature(text: str, identifier: str, secret: str) -> str:
    """The JWS (HS256, content left out) by which a token vouches for cluster-info (k8s.io/cluster-bootstrap token/jws)."""
    head = _base64url(json.dumps({"alg": "HS256", "kid": identifier}, separators=(",", ":")).encode())
    signed = f"{head}.{_base64url(text.encode())}"
    return f"{head}..{_base64url(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"
