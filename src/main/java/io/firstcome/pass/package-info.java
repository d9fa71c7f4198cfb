/**
 * Passes of queues: what lets a user whose turn it is in, at coupons, at sales, and at any site
 * behind a proxy that asks. They are checked without a request to anything.
 */
package io.firstcome.pass;
