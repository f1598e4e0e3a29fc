"""What the verbs of the API do to the store."""

import copy
import time
from dataclasses import dataclass

from practice import api_apply, api_patch
from practice.api_admission import check_identity, check_namespace, complete, generation
from practice.api_auth import find_resource
from practice.api_errors import ApiError, bad_request, conflict, not_found
from practice.api_resources import BUILTIN, Resource, from_definition
from practice.api_store import Store
from practice.durations import rfc3339

DEFINITIONS = find_resource("customresourcedefinitions", "apiextensions.k8s.io")
WITH_STATUS = {resource.plural for resource in BUILTIN if "status" in resource.subresources}


@dataclass(frozen=True)
class Place:
    """Which object of which resource, and how the request wants it done."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    manager: str = "unknown"
    dry_run: bool = False
    force: bool = False


class Cluster:
    """The store with the rules of the API around it."""

    def __init__(self, store: Store, service_subnet: str) -> None:
        self.store = store
        self.service_subnet = service_subnet

    def resources(self) -> list[Resource]:
        """Everything served now, custom resources too."""
        known = list(BUILTIN)
        for definition in self.store.list(DEFINITIONS):
            if not definition["metadata"].get("deletionTimestamp"):
                known += from_definition(definition)
        return known

    def create(self, place: Place, obj: dict) -> dict:
        """POST: a new object with its defaults."""
        resource = place.resource
        check_identity(resource, obj, place.namespace, place.name)
        check_namespace(self.store, resource, obj)
        if obj["metadata"].get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        if self.store.find(resource, place.namespace, obj["metadata"]["name"]) is None:
            complete(self.store, self.service_subnet, resource, obj, None)
            if not obj["metadata"].get("managedFields"):
                api_apply.updated(None, obj, place.manager)
        if place.dry_run:
            return obj | {"metadata": obj["metadata"] | {"uid": "00000000-0000-0000-0000-000000000000", "creationTimestamp": rfc3339()}}
        created = self.store.create(resource, obj)
        if resource is DEFINITIONS:
            self._establish(created)
        return created

    def _establish(self, definition: dict) -> None:
        now = rfc3339()

        def accept(obj: dict) -> None:
            kinds = (("NamesAccepted", "NoConflicts"), ("Established", "InitialNamesAccepted"))
            obj["status"] = {
                "acceptedNames": obj["spec"]["names"],
                "storedVersions": [v["name"] for v in obj["spec"].get("versions", []) if v.get("storage")],
                "conditions": [{"type": kind, "status": "True", "reason": why, "lastTransitionTime": now, "message": ""} for kind, why in kinds],
            }

        self.store.change(DEFINITIONS, "", definition["metadata"]["name"], accept)

    def replace(self, place: Place, obj: dict) -> dict:
        """PUT on an object or its status; leases and a few others are made by a PUT as upstream allows."""
        check_identity(place.resource, obj, place.namespace, place.name)
        with self.store.lock:
            before = self.store.get(place.resource, place.namespace, place.name)
            return self._save(place, before, obj)

    def _save(self, place: Place, before: dict, obj: dict) -> dict:
        resource = place.resource
        if resource.custom and not resource.subresources:
            pass
        elif place.subresource == "status":
            obj = before | {"status": obj.get("status", {}), "metadata": before["metadata"] | {"resourceVersion": obj["metadata"].get("resourceVersion", "")}}
        elif resource.plural in WITH_STATUS or "status" in resource.subresources:
            obj = dict(obj)
            obj.pop("status", None)
            if "status" in before:
                obj["status"] = before["status"]
        obj["metadata"].setdefault("managedFields", before["metadata"].get("managedFields", []))
        for kept in ("deletionTimestamp", "deletionGracePeriodSeconds"):
            if kept in before["metadata"]:
                obj["metadata"].setdefault(kept, before["metadata"][kept])
        if resource.plural == "pods" and place.subresource == "" and before["spec"].get("nodeName") not in (None, obj["spec"].get("nodeName")):
            raise bad_request("pod updates may not change fields other than `spec.containers[*].image`,`spec.tolerations`")
        if place.subresource != "status":
            complete(self.store, self.service_subnet, resource, obj, before)
            if place.manager != "apply":
                api_apply.updated(before, obj, place.manager)
        else:
            generation(resource, obj, before)
        return obj if place.dry_run else self.store.update(resource, obj)

    def patch(self, place: Place, content_type: str, patch: object) -> dict:
        """PATCH in any of the four forms."""
        if content_type == "application/apply-patch+yaml":
            return self._apply(place, patch)
        with self.store.lock:
            before = self.store.get(place.resource, place.namespace, place.name)
            if content_type == "application/json-patch+json":
                after = api_patch.json_patch(before, patch)
            elif content_type == "application/merge-patch+json":
                after = api_patch.merge(copy.deepcopy(before), patch)
            elif content_type == "application/strategic-merge-patch+json" and not place.resource.custom:
                after = api_patch.strategic(copy.deepcopy(before), patch)
            else:
                allowed = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
                message = f"the body of the request was in an unknown format - accepted media types include: {allowed}"
                raise ApiError(415, "UnsupportedMediaType", message)
            if not isinstance(after, dict):
                raise bad_request("the patch leaves no object")
            check_identity(place.resource, after, place.namespace, place.name)
            return self._save(place, before, after)

    def _apply(self, place: Place, applied: object) -> dict:
        if not isinstance(applied, dict):
            raise bad_request("error decoding YAML: an object is needed")
        if place.manager == "unknown":
            raise bad_request("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
        check_identity(place.resource, applied, place.namespace, place.name)
        if applied["metadata"].get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        version = applied["metadata"].pop("resourceVersion", None)
        with self.store.lock:
            before = self.store.find(place.resource, place.namespace, place.name)
            as_applier = Place(place.resource, place.namespace, place.name, place.subresource, "apply", place.dry_run, place.force)
            if before is None:
                if version:
                    raise not_found(place.resource, place.name)
                if place.resource.plural == "secrets" and "stringData" in applied:
                    pass
                base = {"apiVersion": applied["apiVersion"], "kind": applied["kind"], "metadata": {}}
                return self.create(as_applier, api_apply.apply(base, applied, place.manager, True))
            after = api_apply.apply(before, applied, place.manager, place.force)
            if version:
                after["metadata"]["resourceVersion"] = version
            return self._save(as_applier, before, after)

    def delete(self, place: Place, options: dict) -> dict:
        """DELETE: at once, or marked when finalizers, a kubelet or a namespace's contents must go first."""
        resource, store = place.resource, self.store
        with store.lock:
            obj = store.get(resource, place.namespace, place.name)
            for mark, value in (options.get("preconditions") or {}).items():
                if value and obj["metadata"].get(mark) != value:
                    why = f"Precondition failed: {mark} in precondition: {value}, {mark} in object meta: {obj['metadata'].get(mark)}"
                    raise conflict(resource, place.name, why)
            if place.dry_run:
                return obj
            if (options.get("propagationPolicy") == "Orphan") or options.get("orphanDependents"):
                self._orphan(obj["metadata"]["uid"])
            grace = options.get("gracePeriodSeconds")
            waits = resource.plural == "pods" and obj["spec"].get("nodeName") and grace != 0 and obj["status"].get("phase") not in ("Succeeded", "Failed")
            if waits or obj["metadata"].get("finalizers") or (resource.plural == "namespaces" and grace != -1):
                if obj["metadata"].get("deletionTimestamp"):
                    return obj
                seconds = grace if grace is not None else obj.get("spec", {}).get("terminationGracePeriodSeconds", 30) if waits else 0
                obj["metadata"]["deletionTimestamp"] = rfc3339(time.time() + seconds)
                obj["metadata"]["deletionGracePeriodSeconds"] = seconds
                if resource.plural == "namespaces":
                    obj["status"] = {"phase": "Terminating"}
                return store.update(resource, obj)
            return store.remove(resource, place.namespace, place.name)

    def _orphan(self, owner: str) -> None:
        for resource in self.resources():
            for obj in list(self.store.list(resource)):
                owners = obj["metadata"].get("ownerReferences") or []
                if any(reference["uid"] == owner for reference in owners):
                    fresh = copy.deepcopy(obj)
                    fresh["metadata"]["ownerReferences"] = [reference for reference in owners if reference["uid"] != owner]
                    self.store.update(resource, fresh)
