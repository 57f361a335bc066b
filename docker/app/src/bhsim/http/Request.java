package bhsim.http;

import java.util.Map;

/**
 * One request, whole. Header names are in lower case; the path is decoded and free of dot segments;
 * of parameters given twice in the query the first counts.
 */
public record Request(String method, String path, Map<String, String> query,
    Map<String, String> headers, byte[] body, boolean keepAlive) {
  public String header(String lowerCaseName) {
    return headers.get(lowerCaseName);
  }
}
