package main

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/cert"
)

const summary = `{"node":{"nodeName":"other","cpu":{"time":"2026-01-31T12:00:00Z","usageNanoCores":250000000},"memory":{"workingSetBytes":1048576}},
"pods":[
 {"podRef":{"name":"web","namespace":"default"},"containers":[
  {"name":"app","cpu":{"time":"2026-01-31T12:00:01Z","usageNanoCores":1234567},"memory":{"workingSetBytes":2048}},
  {"name":"side","cpu":{"time":"2026-01-31T12:00:02Z","usageNanoCores":0},"memory":{"workingSetBytes":1}}]},
 {"podRef":{"name":"new","namespace":"default"},"containers":[{"name":"app","memory":{"workingSetBytes":2048}}]}]}`

// kubelet answers who shows the token; its certificate is signed by itself.
func kubelet(t *testing.T) (server *httptest.Server, ca string) {
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" || r.URL.String() != "/stats/summary?only_cpu_and_memory=true" {
			http.Error(w, "not told", http.StatusForbidden)
			return
		}
		io.WriteString(w, summary)
	}))
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.crt")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return server, ca
}

// api has these documents by path, and refuses all else.
func api(t *testing.T, documents map[string]string) kubernetes.Interface {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		document, ok := documents[r.URL.Path]
		if !ok {
			http.Error(w, "not told", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, document)
	}))
	t.Cleanup(server.Close)
	return kubernetes.NewForConfigOrDie(&rest.Config{Host: server.URL})
}

func nodes(port string, names ...string) map[string]string {
	items := []string{}
	for _, name := range names {
		items = append(items, fmt.Sprintf(`{"metadata":{"name":%q},"status":{"addresses":[{"type":"Hostname","address":"nowhere.invalid"},
			{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":%s}}}}`, name, port))
	}
	return map[string]string{"/api/v1/nodes": `{"kind":"NodeList","apiVersion":"v1","items":[` + strings.Join(items, ",") + `]}`}
}

func look(t *testing.T, ca string, isInsecure bool, port, token string) figures {
	client, err := kubeletClient(&rest.Config{BearerToken: token}, ca, isInsecure)
	if err != nil {
		t.Fatal(err)
	}
	asked := kubelets{client, []string{"InternalIP", "Hostname"}, true}
	return asked.all(api(t, nodes(port, "minion1")))
}

func TestKubelets(t *testing.T) {
	asked, ca := kubelet(t)
	_, port, _ := net.SplitHostPort(asked.Listener.Addr().String())
	other := filepath.Join(t.TempDir(), "other.crt")
	made, _, err := cert.GenerateSelfSignedCertKey("other", nil, nil)
	if err != nil || os.WriteFile(other, made, 0o644) != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		ca         string
		isInsecure bool
		token      string
		nodes      int
	}{
		"its certificate is verified":      {ca, false, "secret", 1},
		"one of another CA is refused":     {other, false, "secret", 0},
		"unless certificates do not count": {other, true, "secret", 1},
		"it refuses another token":         {ca, false, "wrong", 0},
	} {
		if found := look(t, one.ca, one.isInsecure, port, one.token); len(found.nodes) != one.nodes {
			t.Errorf("%s: figures of %d node(s), not %d", name, len(found.nodes), one.nodes)
		}
	}
}

// get asks as the aggregator does, with a certificate of this name; without a name, as anybody.
func get(s *server, name, path string) (int, map[string]interface{}) {
	request, answer := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
	request.TLS = &tls.ConnectionState{}
	if name != "" {
		shown := &x509.Certificate{Subject: pkix.Name{CommonName: name}}
		request.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{shown}, VerifiedChains: [][]*x509.Certificate{{shown}}}
	}
	s.ServeHTTP(answer, request)
	document := map[string]interface{}{}
	_ = json.Unmarshal(answer.Body.Bytes(), &document)
	return answer.Code, document
}

func TestServer(t *testing.T) {
	asked, ca := kubelet(t)
	_, port, _ := net.SplitHostPort(asked.Listener.Addr().String())
	s := &server{names: []string{"front-proxy-client"}, lasting: time.Minute}
	probe := func(path string, code int) {
		t.Helper()
		if got, _ := get(s, "", path); got != code {
			t.Errorf("%s: %d, not %d", path, got, code)
		}
	}
	probe("/livez", 200)
	probe("/readyz", 503)
	s.keep(look(t, ca, false, port, "secret"))
	probe("/readyz", 200)
	probe("/apis/metrics.k8s.io/v1beta1/nodes", 401)
	s.at = time.Now().Add(-time.Hour)
	probe("/readyz", 503)
	const at = "/apis/metrics.k8s.io"
	for path, want := range map[string]string{
		at:                                      `"preferredVersion":{"groupVersion":"metrics.k8s.io/v1beta1","version":"v1beta1"}`,
		at + "/v1beta1":                         `{"kind":"PodMetrics","name":"pods","namespaced":true`,
		at + "/v1beta1/nodes":                   `"items":[{"apiVersion":"metrics.k8s.io/v1beta1","kind":"NodeMetrics","metadata":{"creationTimestamp":null,"name":"minion1"},"timestamp":"2026-01-31T12:00:00Z","usage":{"cpu":"250m","memory":"1Mi"},"window":"10s"}],"kind":"NodeMetricsList"`,
		at + "/v1beta1/nodes/minion1":           `"kind":"NodeMetrics","metadata"`,
		at + "/v1beta1/pods":                    `"kind":"PodMetricsList"`,
		at + "/v1beta1/namespaces/default/pods": `"containers":[{"name":"app","usage":{"cpu":"1234567n","memory":"2Ki"}},{"name":"side","usage":{"cpu":"0","memory":"1"}}]`,
		at + "/v1beta1/namespaces/default/pods/web": `"timestamp":"2026-01-31T12:00:02Z"`,
		at + "/v1beta1/namespaces/none/pods":        `"items":[]`,
	} {
		code, document := get(s, "front-proxy-client", path)
		if text, _ := json.Marshal(document); code != 200 || !strings.Contains(string(text), want) {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	for path, want := range map[string]int{
		at + "/v1beta1/nodes/other": 404, at + "/v1beta1/namespaces/default/pods/new": 404, at + "/v1beta1/pods/web": 404,
		at + "/v1beta1/namespaces/none/pods/web": 404, at + "/v1beta1/namespaces/default/nodes": 404, at + "/v1": 404, "/": 404,
		at + "/v1beta1/pods?labelSelector=a": 405, at + "/v1beta1/pods?watch=true": 405,
	} {
		if code, document := get(s, "front-proxy-client", path); code != want || document["kind"] != "Status" {
			t.Errorf("%s: %d %v", path, code, document)
		}
	}
	if code, _ := get(s, "somebody", at); code != 401 {
		t.Errorf("another certificate: %d", code)
	}
}

func TestSecurity(t *testing.T) {
	made, key, err := cert.GenerateSelfSignedCertKey("metrics", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	document, _ := json.Marshal(map[string]interface{}{"kind": "ConfigMap", "apiVersion": "v1", "data": map[string]string{
		"requestheader-allowed-names": `["front-proxy-client"]`, "requestheader-client-ca-file": string(made)}})
	client := api(t, map[string]string{"/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": string(document)})
	folder, s := t.TempDir(), &server{}
	config, err := s.security(client, folder)
	if err != nil || len(config.Certificates) != 1 || len(config.ClientCAs.Subjects()) == 0 || strings.Join(s.names, " ") != "front-proxy-client" {
		t.Fatalf("without files: %v %v", s.names, err)
	}
	for name, text := range map[string][]byte{"apiserver.crt": made, "apiserver.key": key} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config, err = s.security(client, folder)
	first, _ := pem.Decode(made)
	if err != nil || string(config.Certificates[0].Certificate[0]) != string(first.Bytes) {
		t.Errorf("the folder's certificate is not served: %v", err)
	}
	if _, err := (&server{}).security(api(t, nil), folder); err == nil {
		t.Error("an API that does not say who its aggregator is is not refused")
	}
}

func TestArguments(t *testing.T) {
	real := strings.Fields("--cert-dir=/tmp --secure-port=10250 --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname --kubelet-use-node-status-port --metric-resolution=15s")
	for arguments, want := range map[string]string{
		strings.Join(real, " "): "no access to the API",
		"--kubelet-insecure-tls --kubelet-certificate-authority=/ca.crt": "no access to the API",
		"--kubelet-port=1":       "not defined",
		"--metric-resolution=0s": "--metric-resolution of a second or more",
		"word":                   "only options",
	} {
		flags := flag.NewFlagSet("metrics", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		if err := run(flags, strings.Fields(arguments)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arguments, err)
		}
	}
}
