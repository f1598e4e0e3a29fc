"""The controller loop: runs every controller when something changed, and at least every few seconds."""

import sys
import time
import traceback
from collections.abc import Callable

from practice.api_bootstrap import bootstrap
from practice.api_errors import ApiError
from practice.api_verbs import Cluster
from practice.ctl_budgets import Budgets
from practice.ctl_cluster import Housekeeping
from practice.ctl_masters import Masters
from practice.ctl_nodes import Nodes
from practice.ctl_scheduler import Scheduler
from practice.ctl_tokens import Tokens
from practice.ctl_workloads import Workloads
from practice.durations import parse_duration
from practice.env import Env
from practice.etcd_quorum import Quorum

IDLE_SECONDS = 5.0


class Controllers:
    """kube-controller-manager and kube-scheduler, as far as the practice cluster needs them."""

    def __init__(self, env: Env, cluster: Cluster, flags: dict[str, str], quorum: Quorum) -> None:
        self.env, self.cluster, self.flags, self.quorum = env, cluster, flags, quorum
        self.parts = self._begin()

    def _begin(self) -> list[Callable[[], None]]:
        cluster, grace = self.cluster, parse_duration(self.flags.get("node-monitor-grace-period", "40s"))
        return [
            Tokens(self.env, cluster).run,
            Housekeeping(cluster).run,
            Masters(cluster, self.quorum).run,
            Nodes(cluster, self.flags.get("cluster-cidr", ""), grace).run,
            Workloads(cluster).run,
            Budgets(cluster).run,
            Scheduler(cluster).run,
        ]

    def _take_turn(self, term: int) -> int:
        """Waits until this member leads; what is known of times before that is forgotten, as by a process that starts."""
        while not self.quorum.leads():
            time.sleep(0.3)
        if self.quorum.term != term:
            bootstrap(self.cluster, self.env)
            self.parts = self._begin()
        return self.quorum.term

    def run(self) -> None:
        """Never returns. Of several members only the leader's controllers do anything."""
        store = self.cluster.store
        seen, term = -1, self.quorum.term
        while True:
            try:
                term = self._take_turn(term)
            except ApiError:
                continue
            for part in self.parts:
                try:
                    part()
                except ApiError as error:
                    if error.code not in (404, 409):
                        sys.stderr.write(f"controller: {error.message}\n")
                except Exception:  # one controller's bug must not stop the others
                    traceback.print_exc(file=sys.stderr)
            with store.changed:
                if store.revision == seen:
                    store.changed.wait(IDLE_SECONDS)
                seen = store.revision
            # What changes at once is looked at once.
            time.sleep(0.3)
