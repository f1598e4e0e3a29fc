package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

const version = "metrics.k8s.io/v1beta1"

// measured is a NodeMetrics, or with containers a PodMetrics.
type measured struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Timestamp       meta.Time                  `json:"timestamp"`
	Window          meta.Duration              `json:"window"`
	Usage           core.ResourceList          `json:"usage,omitempty"`
	Containers      []metrics.ContainerMetrics `json:"containers,omitempty"`
}

// figures are what one look at all kubelets found.
type figures struct{ nodes, pods []measured }

// server answers with the figures of the last look.
type server struct {
	// names that the aggregator's certificate may have; any when there are none.
	names   []string
	lasting time.Duration
	mutex   sync.Mutex
	last    figures
	at      time.Time
}

func (s *server) keep(found figures) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.last = found; len(found.nodes) > 0 {
		s.at = time.Now()
	}
}

var paths = regexp.MustCompile(`^/apis/metrics\.k8s\.io(/v1beta1(?:(?:/namespaces/([^/]+))?/(pods)(?:/([^/]+))?|/(nodes)(?:/([^/]+))?)?)?$`)

// ServeHTTP answers the kubelet's probes to anybody, and all else to the API's aggregator, which knows who may ask.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	last, isFresh := s.last, time.Since(s.at) < s.lasting
	s.mutex.Unlock()
	path, query := paths.FindStringSubmatch(r.URL.Path), r.URL.Query()
	switch {
	case r.URL.Path == "/livez" || r.URL.Path == "/readyz" && isFresh:
		return
	case r.URL.Path == "/readyz":
		http.Error(w, "no figures of any kubelet", http.StatusServiceUnavailable)
	case !s.trusts(r):
		refuse(w, http.StatusUnauthorized, meta.StatusReasonUnauthorized, "only the API's aggregator is answered")
	case r.Method != http.MethodGet || query.Get("watch")+query.Get("labelSelector")+query.Get("fieldSelector") != "":
		refuse(w, http.StatusMethodNotAllowed, meta.StatusReasonMethodNotAllowed, "only GET without selectors is served")
	case path == nil || path[4] != "" && path[2] == "":
		refuse(w, http.StatusNotFound, meta.StatusReasonNotFound, "there is no "+r.URL.Path)
	case path[1] == "":
		this := meta.GroupVersionForDiscovery{GroupVersion: version, Version: "v1beta1"}
		send(w, http.StatusOK, meta.APIGroup{TypeMeta: meta.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}, Name: metrics.GroupName,
			Versions: []meta.GroupVersionForDiscovery{this}, PreferredVersion: this})
	case path[3] == "" && path[5] == "":
		verbs := meta.Verbs{"get", "list"}
		kinds := []meta.APIResource{{Name: "nodes", Kind: "NodeMetrics", Verbs: verbs}, {Name: "pods", Kind: "PodMetrics", Namespaced: true, Verbs: verbs}}
		send(w, http.StatusOK, meta.APIResourceList{TypeMeta: meta.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version, APIResources: kinds})
	case path[5] != "":
		list(w, last.nodes, "NodeMetrics", "", path[6])
	default:
		list(w, last.pods, "PodMetrics", path[2], path[4])
	}
}

func (s *server) trusts(r *http.Request) bool {
	isTrusted := len(s.names) == 0
	for _, name := range s.names {
		isTrusted = isTrusted || r.TLS != nil && len(r.TLS.PeerCertificates) > 0 && r.TLS.PeerCertificates[0].Subject.CommonName == name
	}
	return isTrusted && r.TLS != nil && len(r.TLS.VerifiedChains) > 0
}

// list sends those of a namespace, or of all, or the one with the name.
func list(w http.ResponseWriter, all []measured, kind, namespace, name string) {
	items := []measured{}
	for _, one := range all {
		one.TypeMeta = meta.TypeMeta{Kind: kind, APIVersion: version}
		if namespace != "" && one.Namespace != namespace {
			continue
		} else if one.Name == name {
			send(w, http.StatusOK, one)
			return
		}
		items = append(items, one)
	}
	if name != "" {
		refuse(w, http.StatusNotFound, meta.StatusReasonNotFound, kind+" "+name+" is not there")
		return
	}
	send(w, http.StatusOK, map[string]interface{}{"kind": kind + "List", "apiVersion": version, "metadata": meta.ListMeta{}, "items": items})
}

func refuse(w http.ResponseWriter, code int32, reason meta.StatusReason, message string) {
	send(w, int(code), meta.Status{TypeMeta: meta.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status: meta.StatusFailure, Code: code, Reason: reason, Message: message})
}

func send(w http.ResponseWriter, code int, body interface{}) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}
