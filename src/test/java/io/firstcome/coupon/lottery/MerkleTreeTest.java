package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MerkleTreeTest {

  private static final HexFormat HEX = HexFormat.of();

  /** The leaves that the tests of Certificate Transparency use. */
  private static final List<String> LEAVES =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  @ParameterizedTest
  @CsvSource({
    "0, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "1, 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "2, fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "3, aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "8, 5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
  })
  void hasTheRootsOfRfc6962(int leaves, String root) {
    MerkleTree tree = new MerkleTree();
    LEAVES.subList(0, leaves).forEach(leaf -> tree.add(HEX.parseHex(leaf)));

    assertThat(tree.root()).isEqualTo(root);
    assertThat(tree.leaves()).isEqualTo(leaves);
  }

  @Test
  void isTheTreeOfTheDefinitionForEverySize() throws NoSuchAlgorithmException {
    List<byte[]> leaves = new ArrayList<>();
    for (int size = 1; size <= 130; size++) {
      leaves.add(new byte[] {(byte) size});
      MerkleTree tree = new MerkleTree();
      leaves.forEach(tree::add);

      assertThat(tree.root()).as("%d leaves", size).isEqualTo(HEX.formatHex(hash(leaves)));
    }
  }

  /** As RFC 6962 defines it. */
  private static byte[] hash(List<byte[]> leaves) throws NoSuchAlgorithmException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    if (leaves.size() == 1) {
      sha256.update((byte) 0);
      return sha256.digest(leaves.get(0));
    }
    int left = Integer.highestOneBit(leaves.size() - 1);
    byte[] first = hash(leaves.subList(0, left));
    byte[] second = hash(leaves.subList(left, leaves.size()));
    sha256.update((byte) 1);
    sha256.update(first);
    return sha256.digest(second);
  }
}
