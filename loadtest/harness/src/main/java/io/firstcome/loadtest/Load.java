package io.firstcome.loadtest;

import java.net.URI;
import java.nio.file.Path;

/**
 * What is asked of a server.
 *
 * @param path of the claims; {@code %d} in it is the number of the coupon, where tokens are cycled
 * @param secret of the gateway; empty where there is none
 * @param tokens file of bearer tokens, or null where headers say who asks
 * @param couponId whose claims are counted; null where nothing is issued
 * @param items how many there are, of which each request reserves one; 0: none does
 */
record Load(URI uri, String path, String secret, Path tokens, String couponId, int items) {

  static Load byHeader(URI uri, String path, String secret, String couponId) {
    return new Load(uri, path, secret, null, couponId, 0);
  }
}
