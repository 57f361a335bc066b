package bhsim.core;

import java.util.List;
import java.util.Optional;

/** "Did you mean": the word of a list that is nearest to what was written. */
final class Nearest {
  private Nearest() {}

  /**
   * By edit distance (insert, delete, replace, swap of neighbours); nothing when no word is within
   * a third of its length, nor what was written cut short or drawn out.
   */
  static Optional<String> to(String word, List<String> words) {
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : words) {
      int distance = distance(word, candidate);
      int most = Math.max(1, Math.max(word.length(), candidate.length()) / 3);
      boolean near = distance <= most || beginsAlike(word, candidate);
      if (near && distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** "thr", "--statefolder". */
  private static boolean beginsAlike(String a, String b) {
    String shorter = a.length() < b.length() ? a : b;
    String longer = a.length() < b.length() ? b : a;
    return longer.startsWith(shorter) && shorter.length() * 2 >= longer.length();
  }

  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + cost, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
