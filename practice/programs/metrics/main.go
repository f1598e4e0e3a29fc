// Command metrics serves metrics.k8s.io from what the kubelets say, in the place of metrics-server, which Debian has no
// package of.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/cert"
)

const clusterCa = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(flag.NewFlagSet("metrics", flag.ContinueOnError), os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

// run takes the arguments of metrics-server's components.yaml, and its two about the kubelets' certificates.
func run(flags *flag.FlagSet, arguments []string) error {
	certDir := flags.String("cert-dir", "", "folder of apiserver.crt and apiserver.key; one is made when there is none")
	port := flags.Int("secure-port", 443, "port to serve on")
	types := flags.String("kubelet-preferred-address-types", "InternalIP", "addresses of nodes to use, the best first")
	statusPort := flags.Bool("kubelet-use-node-status-port", false, "ask the port in the node's status, not 10250")
	resolution := flags.Duration("metric-resolution", time.Minute, "time from one look to the next")
	insecure := flags.Bool("kubelet-insecure-tls", false, "do not verify the kubelets' certificates")
	ca := flags.String("kubelet-certificate-authority", clusterCa, "CA of the kubelets' certificates")
	if err := flags.Parse(arguments); err != nil {
		return err
	} else if flags.NArg() > 0 || *resolution < time.Second {
		return errors.New("only options are taken, and a --metric-resolution of a second or more")
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return fmt.Errorf("no access to the API: %w", err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	asked := kubelets{types: strings.Split(*types, ","), statusPort: *statusPort}
	if asked.http, err = kubeletClient(config, *ca, *insecure); err != nil {
		return err
	}
	s := &server{lasting: 3 * *resolution}
	security, err := s.security(client, *certDir)
	if err != nil {
		return err
	}
	go func() {
		for ; ; time.Sleep(*resolution) {
			s.keep(asked.all(client))
		}
	}()
	listening := &http.Server{Addr: fmt.Sprintf(":%d", *port), Handler: s, TLSConfig: security}
	return listening.ListenAndServeTLS("", "")
}

// security is the serving certificate and the CA of the API's aggregator; the names it may have are noted.
func (s *server) security(client kubernetes.Interface, folder string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "apiserver.crt"), filepath.Join(folder, "apiserver.key"))
	if errors.Is(err, os.ErrNotExist) {
		var made, key []byte
		if made, key, err = cert.GenerateSelfSignedCertKey("localhost", nil, nil); err == nil {
			pair, err = tls.X509KeyPair(made, key)
		}
	}
	if err != nil {
		return nil, err
	}
	settings := client.CoreV1().ConfigMaps("kube-system")
	found, err := settings.Get(context.Background(), "extension-apiserver-authentication", meta.GetOptions{})
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(found.Data["requestheader-client-ca-file"])) {
		return nil, errors.New("the API has no aggregator: requestheader-client-ca-file has no certificate")
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool},
		json.Unmarshal([]byte(found.Data["requestheader-allowed-names"]), &s.names)
}
