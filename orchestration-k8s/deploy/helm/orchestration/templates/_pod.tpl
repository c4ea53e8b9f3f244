{{/* Pods of the same value of this label, and of the same revision, apart from each other. */}}
{{- define "orchestration.spread" -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector: {}
  matchLabelKeys: [{{ $ }}, pod-template-hash]
{{- end }}
{{- end }}

{{/* A PodSpec, as YAML, with the values' `pod` and the first container with their `container` merged over it. */}}
{{- define "orchestration.merged" -}}
{{- $spec := .spec | fromYaml }}
{{- with $spec.Error }}{{ fail . }}{{ end }}
{{- $container := mustMergeOverwrite (first $spec.containers) (mustDeepCopy .values.container) }}
{{- mustMergeOverwrite (set $spec "containers" (list $container)) (mustDeepCopy .values.pod) | toYaml }}
{{- end }}

{{- define "orchestration.gameServer" -}}
serviceAccountName: orchestration-pod
terminationGracePeriodSeconds: {{ int .pool.graceSeconds }}
topologySpreadConstraints:
{{- include "orchestration.spread" "orchestration.kit/pool" }}
containers:
- name: game-server
  image: {{ .pool.image | quote }}
  env:
  - name: POD_NAME
    valueFrom: {fieldRef: {fieldPath: metadata.name}}
  - name: POD_UID
    valueFrom: {fieldRef: {fieldPath: metadata.uid}}
  - name: POD_NAMESPACE
    valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
  - name: ORCHESTRATION_POOL
    valueFrom: {fieldRef: {fieldPath: "metadata.labels['orchestration.kit/pool']"}}
  - name: ORCHESTRATION_CAPACITY
    valueFrom: {fieldRef: {fieldPath: "metadata.annotations['orchestration.kit/capacity']"}}
  - name: ORCHESTRATION_TERMINATION_GRACE_SECONDS
    value: {{ int .pool.graceSeconds | quote }}
  - name: ORCHESTRATION_PROBE_PORT
    value: "8086"
  {{- if and .pool.hostPort (not .nodeAddresses) }}
  - name: ORCHESTRATION_HOST
    valueFrom: {fieldRef: {fieldPath: status.hostIP}}
  - name: ORCHESTRATION_PORT
    value: {{ int .pool.hostPort | quote }}
  {{- end }}
  {{- with .pool.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  ports:
  - name: game
    containerPort: {{ int .pool.port }}
    {{- if .pool.hostPort }}
    hostPort: {{ int .pool.hostPort }}
    {{- end }}
    {{- if ne .pool.protocol "TCP" }}
    protocol: {{ .pool.protocol }}
    {{- end }}
  - name: probes
    containerPort: 8086
  readinessProbe:
    httpGet: {path: /readyz, port: probes}
    periodSeconds: 2
  livenessProbe:
    httpGet: {path: /healthz, port: probes}
    periodSeconds: 10
    terminationGracePeriodSeconds: 30
  startupProbe:
    httpGet: {path: /healthz, port: probes}
    periodSeconds: 2
    failureThreshold: 60
  resources:
    {{- toYaml .pool.resources | nindent 4 }}
  securityContext:
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    readOnlyRootFilesystem: true
  volumeMounts:
  - {name: tmp, mountPath: /tmp}
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
volumes:
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- end }}

{{- define "orchestration.matchmaker" -}}
serviceAccountName: orchestration-allocator
topologySpreadConstraints:
{{- include "orchestration.spread" "app" }}
containers:
- name: matchmaker
  image: {{ .Values.matchmaker.image | quote }}
  env:
  - name: POOLS_NAMESPACE
    value: {{ .Release.Namespace }}
  {{- with .Values.matchmaker.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  resources:
    {{- toYaml .Values.matchmaker.resources | nindent 4 }}
  securityContext:
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    readOnlyRootFilesystem: true
  volumeMounts:
  - {name: tmp, mountPath: /tmp}
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
volumes:
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- end }}
