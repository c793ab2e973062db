#!/bin/sh
# Print the alert rules as the Prometheus operator takes them:
#   infra/k8s/alerts.sh | kubectl apply --filename -
set -eu
cat <<TEXT
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: once
  namespace: once
spec:
TEXT
sed 's/^/  /' "${1:-$(dirname "$0")/../monitoring/alerts.yml}"
