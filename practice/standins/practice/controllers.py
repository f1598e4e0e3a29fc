"""The controller loop: runs every controller when something changed, and at least every few seconds."""

import sys
import time
import traceback

from practice.api_errors import ApiError
from practice.api_verbs import Cluster
from practice.ctl_budgets import Budgets
from practice.ctl_cluster import Housekeeping
from practice.ctl_nodes import Nodes
from practice.ctl_scheduler import Scheduler
from practice.ctl_tokens import Tokens
from practice.ctl_workloads import Workloads
from practice.durations import parse_duration
from practice.env import Env

IDLE_SECONDS = 5.0


class Controllers:
    """kube-controller-manager and kube-scheduler, as far as the practice cluster needs them."""

    def __init__(self, env: Env, cluster: Cluster, flags: dict[str, str], server: str) -> None:
        self.cluster = cluster
        self.parts = [
            Tokens(env, cluster).run,
            Housekeeping(cluster).run,
            Nodes(cluster, flags.get("cluster-cidr", ""), parse_duration(flags.get("node-monitor-grace-period", "40s"))).run,
            Workloads(cluster).run,
            Budgets(cluster).run,
            Scheduler(cluster).run,
        ]

    def run(self) -> None:
        """Never returns."""
        store = self.cluster.store
        seen = -1
        while True:
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
            time.sleep(0.15)
