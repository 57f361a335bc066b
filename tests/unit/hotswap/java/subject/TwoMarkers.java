/** Wrong on purpose: which one is the generation? */
public class TwoMarkers {
  public String first() {
    return "bhsim-generation:0";
  }

  public String second() {
    return "bhsim-generation:1";
  }
}
