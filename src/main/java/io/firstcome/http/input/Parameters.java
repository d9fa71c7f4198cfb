package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.ext.ParamConverter;
import jakarta.ws.rs.ext.ParamConverterProvider;
import jakarta.ws.rs.ext.Provider;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.function.Function;

/**
 * Numbers and booleans in paths, queries and headers. JAX-RS would answer 404 for {@code
 * limit=abc}, without saying why, and take {@code rehearsal=yes} for false; this answers 400 and
 * names the parameter.
 */
@Provider
public class Parameters implements ParamConverterProvider {

  @Override
  @SuppressWarnings("unchecked")
  public <T> ParamConverter<T> getConverter(
      Class<T> rawType, Type genericType, Annotation[] annotations) {
    if (rawType == int.class || rawType == Integer.class) {
      return (ParamConverter<T>)
          new NumberConverter<>(name(annotations), Integer.MAX_VALUE, Integer::valueOf);
    }
    if (rawType == long.class || rawType == Long.class) {
      return (ParamConverter<T>)
          new NumberConverter<>(name(annotations), Long.MAX_VALUE, Long::valueOf);
    }
    if (rawType == boolean.class || rawType == Boolean.class) {
      return (ParamConverter<T>) new BooleanConverter(name(annotations));
    }
    return null;
  }

  private static String name(Annotation[] annotations) {
    for (Annotation annotation : annotations) {
      if (annotation instanceof QueryParam query) {
        return query.value();
      }
      if (annotation instanceof PathParam path) {
        return path.value();
      }
      if (annotation instanceof HeaderParam header) {
        return header.value();
      }
    }
    return "parameter";
  }

  private record BooleanConverter(String name) implements ParamConverter<Boolean> {

    @Override
    public Boolean fromString(String value) {
      return switch (value) {
        case "true" -> true;
        case "false" -> false;
        default -> throw Problem.malformed(name, "must be true or false").asException();
      };
    }

    @Override
    public String toString(Boolean value) {
      return String.valueOf(value);
    }
  }

  private record NumberConverter<T extends Number>(String name, long max, Function<String, T> parse)
      implements ParamConverter<T> {

    @Override
    public T fromString(String value) {
      try {
        return parse.apply(value);
      } catch (NumberFormatException e) {
        throw Problem.malformed(name, "must be a whole number of at most " + max).asException();
      }
    }

    @Override
    public String toString(T value) {
      return String.valueOf(value);
    }
  }
}
