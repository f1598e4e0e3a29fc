"""The addresses behind the service `kubernetes`: those of the masters that live (each API server keeps its own there, upstream)."""

import time

from practice.api_auth import find_resource
from practice.api_verbs import Cluster
from practice.etcd_members import voters
from practice.etcd_quorum import Quorum

ENDPOINTS = find_resource("endpoints")
LOST_SECONDS = 15.0


class Masters:
    """Nothing to do with one member: its address is there from the beginning."""

    def __init__(self, cluster: Cluster, quorum: Quorum) -> None:
        self.store, self.quorum = cluster.store, quorum

    def run(self) -> None:
        """One round."""
        if self.quorum.alone:
            return
        since = time.monotonic() - LOST_SECONDS
        heard = {number: peer.heard for number, peer in list(self.quorum.peers.items())}
        living = [member.host for member in voters(self.quorum.members) if member.ID == self.quorum.id or heard.get(member.ID, 0.0) > since]
        wanted = [{"ip": host} for host in sorted(set(living))]

        def fill(endpoints: dict) -> None:
            for subset in endpoints.get("subsets") or []:
                subset["addresses"] = wanted

        self.store.change(ENDPOINTS, "default", "kubernetes", fill)
