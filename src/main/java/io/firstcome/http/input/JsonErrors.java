package io.firstcome.http.input;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/** Says what is wrong with a body in the words of JSON, not of Java. */
public final class JsonErrors {
  private JsonErrors() {}

  public static Problem problem(JacksonException e) {
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      return Problem.malformed(path(mapping), message(mapping));
    }
    if (e instanceof MismatchedInputException mismatch) {
      return Problem.of(ProblemType.MALFORMED)
          .detail("The body " + expected(mismatch.getTargetType()) + ".");
    }
    return Problem.of(ProblemType.MALFORMED).detail(syntax(e) + where(e.getLocation()) + ".");
  }

  private static String syntax(JacksonException e) {
    if (e instanceof StreamConstraintsException) {
      return "The body exceeds a limit on the length of names, the size of numbers or the depth of nesting";
    }
    return isDuplicate(e) ? "The body repeats a field" : "The body is not valid JSON";
  }

  private static boolean isDuplicate(Throwable e) {
    // Jackson has no type of its own for it.
    return e instanceof JacksonException jackson
        && jackson.getOriginalMessage() != null
        && jackson.getOriginalMessage().startsWith("Duplicate field");
  }

  private static String where(JsonLocation location) {
    return location == null
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }

  /** {@code users[3].name}. */
  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.length() == 0 ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  private static String message(JsonMappingException e) {
    if (e instanceof PropertyBindingException) {
      return "is not a known field";
    }
    if (e instanceof MismatchedInputException mismatch) {
      return expected(mismatch.getTargetType());
    }
    if (e.getCause() instanceof InputCoercionException coercion) {
      return expected(coercion.getTargetType());
    }
    if (isDuplicate(e.getCause())) {
      return "is followed by a repeated field";
    }
    return e.getCause() instanceof JacksonException cause
        ? "is not valid JSON" + where(cause.getLocation())
        : "is not valid";
  }

  private static String expected(Class<?> type) {
    if (type == null) {
      return "is of the wrong type";
    }
    if (type == String.class) {
      return "must be a string";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "must be true or false";
    }
    if (type == Instant.class) {
      return "must be an instant such as \"2026-11-20T12:00:00Z\"";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      boolean isInt = type == int.class || type == Integer.class;
      return "must be a whole number of at most " + (isInt ? Integer.MAX_VALUE : Long.MAX_VALUE);
    }
    if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
      return "must be a number";
    }
    if (type.isEnum()) {
      return "must be one of "
          + Arrays.stream(type.getEnumConstants())
              .map(Object::toString)
              .collect(Collectors.joining(", "));
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "must be an array";
    }
    return Map.class.isAssignableFrom(type) || !type.getName().startsWith("java.")
        ? "must be an object"
        : "is of the wrong type";
  }
}
