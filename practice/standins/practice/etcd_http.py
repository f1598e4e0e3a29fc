"""etcd's two ports: 2380 for the other members, 2379 for kubeadm and etcdctl."""

import json

from practice import etcd_admin, etcd_messages
from practice.api_forward import NOT_LEADER, handed_on_user
from practice.api_http import Handler
from practice.api_rbac import User


def _admin(handler: Handler, body: bytes) -> None:
    try:
        given = json.loads(body or b"{}")
        handler.reply(200, etcd_admin.answer(handler.server.api.quorum, handler.path, given))
    except etcd_admin.EtcdError as error:
        handler.reply(error.code, {"error": error.message, "message": error.message})
    except (KeyError, TypeError, ValueError) as error:
        handler.reply(400, {"error": str(error), "message": str(error)})


class PeerHandler(Handler):
    """Messages between members, and requests that one of them hands on."""

    def handle_request(self) -> None:
        """One request."""
        if self.path.startswith("/v3/"):
            _admin(self, self.received())
        elif self.path.startswith("/quorum/"):
            self._message(self.received())
        elif self.server.api.quorum.leads():
            super().handle_request()
        else:
            self.received()
            self.send(NOT_LEADER, b"not the leader", "text/plain")

    def _message(self, body: bytes) -> None:
        try:
            self.reply(200, etcd_messages.answer(self.server.api.quorum, self.path, json.loads(body)))
        except etcd_messages.WrongCluster as error:
            self.reply(412, {"message": str(error)})
        except (KeyError, ValueError) as error:
            self.reply(400, {"message": str(error)})

    def user(self) -> User:
        """The one that the other member has seen: the certificate here is that member's own."""
        return handed_on_user(dict(self.headers.items())) or self.authenticated(None)


class ClientHandler(Handler):
    """etcd's clients."""

    def handle_request(self) -> None:
        """One request."""
        body = self.received()
        if self.path.startswith("/v3/"):
            _admin(self, body)
        else:
            self.send(404, b"404 page not found\n", "text/plain; charset=utf-8")
