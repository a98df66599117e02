package deploy_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
)

func TestKubernetes(t *testing.T) {
	t.Parallel()
	kinds := map[string]tree{}
	for _, file := range files(t) {
		if filepath.Dir(file) != "kubernetes" {
			continue
		}
		for _, d := range documents(t, file) {
			d.at("apiVersion")
			kinds[d.at("kind").v.(string)+" "+d.at("metadata", "name").v.(string)] = d
		}
	}
	server, job := kinds["StatefulSet switchboard"], kinds["Job switchboard-init"]
	if server.v == nil || job.v == nil {
		t.Fatalf("there are %v", slices.Sorted(maps.Keys(kinds)))
	}
	server.is(1, "spec", "replicas")
	pod := server.at("spec", "template")
	label := pod.at("metadata", "labels", "app.kubernetes.io/name").v
	server.is(label, "spec", "selector", "matchLabels", "app.kubernetes.io/name")
	kinds["Service switchboard"].is(label, "spec", "selector", "app.kubernetes.io/name")
	kinds["Service switchboard-operator"].is(label, "spec", "selector", "app.kubernetes.io/name")
	kinds["PodDisruptionBudget switchboard"].is(label, "spec", "selector", "matchLabels", "app.kubernetes.io/name")
	kinds["PodDisruptionBudget switchboard"].is(1, "spec", "minAvailable")
	if job.at("spec", "template", "metadata", "labels", "app.kubernetes.io/name").v == label {
		t.Error("the services would find the pod of the job")
	}
	for _, p := range []tree{pod.at("spec"), job.at("spec", "template", "spec")} {
		hardened(p)
		claim := p.at("volumes", 0, "persistentVolumeClaim", "claimName").v.(string)
		kinds["PersistentVolumeClaim "+claim].at("spec", "resources", "requests", "storage")
		p.is(p.at("volumes", 0, "name").v, "containers", 0, "volumeMounts", 0, "name")
		p.is("switchboard", "containers", 0, "envFrom", 0, "configMapRef", "name")
		p.is("switchboard", "containers", 0, "envFrom", 1, "secretRef", "name")
	}

	env := kinds["ConfigMap switchboard"].at("data").texts()
	for name, value := range kinds["Secret switchboard"].at("stringData").texts() {
		if value != "" {
			t.Errorf("the template of the secret has a value for %s", name)
		}
	}
	probed(t, pod.at("spec"), accepted(t, "config.yaml", nil, env))
}

// hardened checks what a pod must not be able to do.
func hardened(pod tree) {
	pod.t.Helper()
	pod.is(true, "securityContext", "runAsNonRoot")
	pod.is(65532, "securityContext", "runAsUser")
	pod.is("OnRootMismatch", "securityContext", "fsGroupChangePolicy")
	pod.is("RuntimeDefault", "securityContext", "seccompProfile", "type")
	pod.is(false, "automountServiceAccountToken")
	pod.is(true, "containers", 0, "securityContext", "readOnlyRootFilesystem")
	pod.is(false, "containers", 0, "securityContext", "allowPrivilegeEscalation")
	pod.is("ALL", "containers", 0, "securityContext", "capabilities", "drop", 0)
	pod.at("containers", 0, "resources", "requests", "memory")
	pod.at("containers", 0, "resources", "limits", "memory")
}

// probed checks that the ports are those of the settings, that the probes ask the operator's listener, and that the pod
// has the time to stop.
func probed(t *testing.T, pod tree, c *config.Config) {
	t.Helper()
	for i, want := range []struct{ name, address string }{{"http", c.Listen}, {"operator", c.OperatorListen}} {
		port, _ := pod.at("containers", 0, "ports", i, "containerPort").v.(int)
		pod.is(want.name, "containers", 0, "ports", i, "name")
		if want.address != ":"+strconv.Itoa(port) {
			t.Errorf("port %s is %d, and the server listens on %s", want.name, port, want.address)
		}
	}
	for probe, path := range map[string]string{"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"} {
		pod.is(path, "containers", 0, probe, "httpGet", "path")
		pod.is("operator", "containers", 0, probe, "httpGet", "port")
	}
	if grace, _ := pod.at("terminationGracePeriodSeconds").v.(int); time.Duration(grace)*time.Second <= c.ShutdownTimeout {
		t.Errorf("a pod is killed after %ds, before the shutdown-timeout", grace)
	}
}
