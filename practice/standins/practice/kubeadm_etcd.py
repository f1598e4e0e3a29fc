"""kubeadm as a client of etcd (cmd/kubeadm/app/util/etcd/etcd.go, phases/etcd/local.go)."""

import ssl
import time

from practice.client import Client
from practice.env import Env
from practice.etcd_link import Link, LinkDown, LinkRefused, client_context
from practice.etcd_members import Member, from_json

CALL_SECONDS = 12.0
RETRY_SECONDS = 0.5


class EtcdFailed(Exception):
    """etcd did not do what was asked; the text is its own, or the client's."""


def _endpoints(client: Client) -> list[str]:
    """Client URLs of etcd's pods."""
    found = client.get("/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd%2Ctier%3Dcontrol-plane")["items"]
    words = [word for pod in found for word in pod["spec"]["containers"][0].get("command") or []]
    return [word.partition("=")[2] for word in words if word.startswith("--advertise-client-urls=")]


class Etcd:
    """All members that there are; every call is tried for `limit` seconds."""

    def __init__(self, env: Env, client: Client, folder: str, limit: float) -> None:
        base = env.path(folder) + "/etcd"
        try:
            self.context: ssl.SSLContext = client_context(f"{base}/ca.crt", f"{base}/healthcheck-client.crt", f"{base}/healthcheck-client.key")
        except OSError as error:
            raise EtcdFailed(f"error creating etcd client: {error}") from None
        self.limit = limit
        self.endpoints = _endpoints(client)
        if not self.endpoints:
            raise EtcdFailed("could not retrieve the list of etcd endpoints")
        self.endpoints = [url for member in self.members() for url in member.clientURLs]

    def _once(self, path: str, given: dict, endpoints: list[str]) -> dict:
        why = "context deadline exceeded"
        for endpoint in endpoints:
            try:
                return Link(endpoint, self.context).call(path, given, CALL_SECONDS)
            except LinkRefused as error:
                why = error.message
            except LinkDown:
                continue
        raise EtcdFailed(why)

    def _call(self, path: str, given: dict, endpoints: list[str] | None = None) -> dict:
        deadline = time.time() + self.limit
        while True:
            try:
                return self._once(path, given, endpoints or self.endpoints)
            except EtcdFailed as error:
                if time.time() + RETRY_SECONDS >= deadline or "not found" in str(error):
                    raise
            time.sleep(RETRY_SECONDS)

    def members(self) -> list[Member]:
        """The list, as a majority has it."""
        return [from_json(one) for one in self._call("/v3/cluster/member/list", {"linearizable": True})["members"]]

    def check_health(self) -> None:
        """Every member answers; EtcdFailed."""
        for endpoint in self.endpoints:
            self._call("/v3/maintenance/status", {}, [endpoint])

    def add(self, name: str, peer: str) -> list[str]:
        """Announces a learner; all members as name=URL."""
        answer = self._call("/v3/cluster/member/add", {"peerURLs": [peer], "isLearner": True})
        members = [from_json(one) for one in answer["members"]]
        # The client port is the one below, as in every manifest of kubeadm's.
        self.endpoints.append(peer.rpartition(":")[0] + f":{int(peer.rpartition(':')[2]) - 1}")
        return [f"{name if peer in member.peerURLs else member.name or format(member.ID, 'x')}={member.peerURLs[0]}" for member in members]

    def named(self, peer: str) -> Member | None:
        """The member with that peer URL."""
        return next((member for member in self.members() if peer in member.peerURLs), None)

    def promote(self, peer: str) -> None:
        """Makes the learner a voter as soon as it has the whole copy."""
        learner = self.named(peer)
        if learner is None:
            raise EtcdFailed("failed to find member id for peer URL " + peer)
        if learner.isLearner:
            self._call("/v3/cluster/member/promote", {"ID": learner.ID})

    def remove(self, member: Member) -> None:
        """Takes a member out."""
        self._call("/v3/cluster/member/remove", {"ID": member.ID})
