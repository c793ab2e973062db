#!/bin/sh
# Print the alert rules as the Prometheus operator takes them:
#   infra/k8s/alerts.sh | kubectl apply --filename -
# A cluster may have other services whose job is called api: only the one of this namespace is meant.
set -eu
cat <<TEXT
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: once
  namespace: once
spec:
TEXT
sed -e 's/^/  /' -e 's/up{job="api"}/up{job="api",namespace="once"}/' "${1:-$(dirname "$0")/../monitoring/alerts.yml}"
