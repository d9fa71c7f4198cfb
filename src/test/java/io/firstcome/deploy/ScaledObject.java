package io.firstcome.deploy;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;

/** What we use of KEDA's {@code keda.sh/v1alpha1}, of which there is no model on Maven Central. */
record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(
      Target scaleTargetRef,
      Integer pollingInterval,
      Integer minReplicaCount,
      Integer maxReplicaCount,
      Fallback fallback,
      Advanced advanced,
      List<Trigger> triggers) {}

  record Target(String apiVersion, String kind, String name) {}

  record Fallback(Integer failureThreshold, Integer replicas) {}

  record Advanced(HpaConfig horizontalPodAutoscalerConfig) {}

  record HpaConfig(HorizontalPodAutoscalerBehavior behavior) {}

  record Trigger(String type, String name, String metricType, Map<String, String> metadata) {}
}
