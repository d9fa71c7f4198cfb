package io.firstcome.http.edge;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/** The response to a request that creates something and may be repeated. */
public final class Created {

  private Created() {}

  /** 201 with the location where it is new; 200 where the same request created it before. */
  public static Response response(boolean isNew, String location, Object entity) {
    return (isNew
            ? Response.status(Response.Status.CREATED).header(HttpHeaders.LOCATION, location)
            : Response.ok())
        .entity(entity)
        .build();
  }
}
