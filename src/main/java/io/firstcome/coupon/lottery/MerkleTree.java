package io.firstcome.coupon.lottery;

import io.firstcome.http.input.Digests;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/**
 * The root of a Merkle tree as in RFC 6962, section 2.1: {@code SHA-256(0x00, leaf)} and {@code
 * SHA-256(0x01, left, right)}, so that no node can be taken for a leaf; the left side of a node is
 * the largest complete tree that leaves something for the right.
 *
 * <p>Leaves come as a stream. Complete subtrees are kept, at most one of each height, so that a
 * million leaves need twenty hashes.
 */
final class MerkleTree {

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  /** A complete subtree. */
  private record Subtree(int height, byte[] hash) {}

  private final MessageDigest sha256 = Digests.sha256();

  /** The lowest first. */
  private final Deque<Subtree> subtrees = new ArrayDeque<>();

  private long leaves;

  void add(byte[] leaf) {
    sha256.update(LEAF);
    Subtree last = new Subtree(0, sha256.digest(leaf));
    while (!subtrees.isEmpty() && subtrees.peek().height() == last.height()) {
      last = new Subtree(last.height() + 1, node(subtrees.pop().hash(), last.hash()));
    }
    subtrees.push(last);
    leaves++;
  }

  long leaves() {
    return leaves;
  }

  /** 64 hexadecimal digits; of no leaves, the hash of nothing. */
  String root() {
    byte[] right = null;
    for (Subtree left : subtrees) {
      right = right == null ? left.hash() : node(left.hash(), right);
    }
    return HexFormat.of().formatHex(right == null ? sha256.digest() : right);
  }

  private byte[] node(byte[] left, byte[] right) {
    sha256.update(NODE);
    sha256.update(left);
    return sha256.digest(right);
  }
}
