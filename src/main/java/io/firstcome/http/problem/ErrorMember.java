package io.firstcome.http.problem;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** One entry of the member {@code errors} of a {@code malformed} problem. */
@RegisterForReflection
public record ErrorMember(String field, String message) {}
