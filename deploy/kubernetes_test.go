package deploy_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

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
	server := kinds["StatefulSet switchboard"]
	if server.v == nil {
		t.Fatalf("there are %v", slices.Sorted(maps.Keys(kinds)))
	}
	if n, _ := server.at("spec", "replicas").v.(int); n < 2 {
		t.Errorf("there are %d replicas", n)
	}
	server.is("OrderedReady", "spec", "podManagementPolicy") // the first makes the database
	server.is("RollingUpdate", "spec", "updateStrategy", "type")
	pod := server.at("spec", "template")
	label := pod.at("metadata", "labels", "app.kubernetes.io/name").v
	server.is(label, "spec", "selector", "matchLabels", "app.kubernetes.io/name")
	kinds["Service switchboard"].is(label, "spec", "selector", "app.kubernetes.io/name")
	kinds["Service switchboard-operator"].is(label, "spec", "selector", "app.kubernetes.io/name")
	kinds["PodDisruptionBudget switchboard"].is(label, "spec", "selector", "matchLabels", "app.kubernetes.io/name")
	kinds["PodDisruptionBudget switchboard"].is(1, "spec", "maxUnavailable")
	for i, topology := range []string{"kubernetes.io/hostname", "topology.kubernetes.io/zone"} {
		pod.is(topology, "spec", "topologySpreadConstraints", i, "topologyKey")
		pod.is(label, "spec", "topologySpreadConstraints", i, "labelSelector", "matchLabels", "app.kubernetes.io/name")
	}
	hardened(pod.at("spec"))
	kinds["PersistentVolumeClaim switchboard"].at("spec", "resources", "requests", "storage")

	env := kinds["ConfigMap switchboard"].at("data").texts()
	for name, value := range kinds["Secret switchboard"].at("stringData").texts() {
		if value != "" {
			t.Errorf("the template of the secret has a value for %s", name)
		}
	}
	probed(t, pod.at("spec"), accepted(t, "config.yaml", nil, env))
}

// hardened checks what a pod must not be able to do, and that its node is made and served with the same settings.
func hardened(pod tree) {
	pod.t.Helper()
	pod.is(true, "securityContext", "runAsNonRoot")
	pod.is(65532, "securityContext", "runAsUser")
	pod.is("OnRootMismatch", "securityContext", "fsGroupChangePolicy")
	pod.is("RuntimeDefault", "securityContext", "seccompProfile", "type")
	pod.is(false, "automountServiceAccountToken")
	pod.at("volumes", 0, "emptyDir")
	pod.is("init", "initContainers", 0, "args", 0)
	pod.is("--if-needed", "initContainers", 0, "args", 1) // a pod may begin again with the directory it had
	pod.is("serve", "containers", 0, "args", 0)
	for _, c := range []tree{pod.at("initContainers", 0), pod.at("containers", 0)} {
		c.is(pod.at("containers", 0, "image").v, "image")
		c.is(pod.at("volumes", 0, "name").v, "volumeMounts", 0, "name")
		c.is("switchboard", "envFrom", 0, "configMapRef", "name")
		c.is("switchboard", "envFrom", 1, "secretRef", "name")
		c.is(true, "securityContext", "readOnlyRootFilesystem")
		c.is(false, "securityContext", "allowPrivilegeEscalation")
		c.is("ALL", "securityContext", "capabilities", "drop", 0)
		c.at("resources", "requests", "memory")
		c.at("resources", "limits", "memory")
	}
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
	grace, _ := pod.at("terminationGracePeriodSeconds").v.(int)
	longer(t, pod.file, strconv.Itoa(grace)+"s", c)
	if c.ShutdownDelay == 0 {
		t.Error("a pod closes its doors before the services have let go of it")
	}
}
