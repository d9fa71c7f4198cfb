package io.firstcome.chaos;

/**
 * When a claim is acknowledged, as the service names it; each protects more than the one before.
 */
public enum Level {
  REDIS,
  REPLICA,
  DATABASE
}
