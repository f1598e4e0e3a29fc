"""Authentication: client certificates of the cluster CA, bootstrap tokens, service account tokens, anonymous."""

import base64
import hashlib
import hmac
import json
import time

from practice.api_errors import ApiError
from practice.api_rbac import ANONYMOUS, User
from practice.api_resources import BUILTIN, Resource
from practice.api_store import Store
from practice.durations import from_rfc3339

SECRETS = next(resource for resource in BUILTIN if resource.plural == "secrets")
ACCOUNTS = next(resource for resource in BUILTIN if resource.plural == "serviceaccounts")


def from_certificate(certificate: dict) -> User | None:
    """The user of a verified client certificate (python's getpeercert form)."""
    name, groups = "", ["system:authenticated"]
    for relative in certificate.get("subject", ()):
        for key, value in relative:
            if key == "commonName":
                name = value
            elif key == "organizationName":
                groups.append(value)
    return User(name, tuple(groups)) if name else None


def secret_value(secret: dict, key: str) -> str:
    """A decoded value of a Secret, "" when absent."""
    return base64.b64decode((secret.get("data") or {}).get(key, "")).decode("utf-8", "replace")


def expired(secret: dict) -> bool:
    """Whether a bootstrap token's time is over."""
    expiration = secret_value(secret, "expiration")
    if not expiration:
        return False
    try:
        return from_rfc3339(expiration) <= time.time()
    except ValueError:
        return True


def _bootstrap(store: Store, token: str) -> User | None:
    identifier, _, secret = token.partition(".")
    found = store.find(SECRETS, "kube-system", f"bootstrap-token-{identifier}")
    if found is None or found.get("type") != "bootstrap.kubernetes.io/token" or expired(found):
        return None
    right = hmac.compare_digest(secret_value(found, "token-secret").encode(), secret.encode())
    if not right or secret_value(found, "token-id") != identifier or secret_value(found, "usage-bootstrap-authentication") != "true":
        return None
    extra = [group for group in secret_value(found, "auth-extra-groups").split(",") if group]
    return User(f"system:bootstrap:{identifier}", ("system:bootstrappers", *extra, "system:authenticated"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def account_token(key: bytes, namespace: str, name: str, seconds: int) -> str:
    """A token for a service account, signed with the key of this API (HS256: the stand-in has no RSA in python)."""
    now = int(time.time())
    claims = {"sub": f"system:serviceaccount:{namespace}:{name}", "iat": now, "nbf": now, "exp": now + seconds, "iss": "https://kubernetes.default.svc.cluster.local"}
    head = _encoded(json.dumps({"alg": "HS256", "kid": "practice"}).encode()) + "." + _encoded(json.dumps(claims).encode())
    return head + "." + _encoded(hmac.new(key, head.encode(), hashlib.sha256).digest())


def _account(store: Store, key: bytes, token: str) -> User | None:
    head, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_encoded(hmac.new(key, head.encode(), hashlib.sha256).digest()).encode(), signature.encode()):
        return None
    body = head.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    _, _, namespace, name = str(claims["sub"]).split(":")
    if claims["exp"] < time.time() or store.find(ACCOUNTS, namespace, name) is None:
        return None
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(claims["sub"], groups)


def authenticate(store: Store, key: bytes, certificate: dict | None, header: str) -> User:
    """Who sends a request; ApiError 401 for a token that is not (or no longer) good."""
    known = from_certificate(certificate) if certificate else None
    if known is not None:
        return known
    if not header.lower().startswith("bearer "):
        return ANONYMOUS
    token = header[7:].strip()
    user = _account(store, key, token) if token.count(".") == 2 else _bootstrap(store, token)
    if user is None:
        raise ApiError(401, "Unauthorized", "Unauthorized")
    return user


def find_resource(plural: str, group: str = "") -> Resource:
    """A built-in resource by its plural and group."""
    return next(resource for resource in BUILTIN if (resource.plural, resource.group) == (plural, group))
