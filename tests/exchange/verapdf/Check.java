import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Asks veraPDF whether each of some files conforms to PDF/UA-1; says which clause one breaks. */
public class Check {
    public static void main(String[] names) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String name : names) {
            PDFAFlavour ua1 = PDFAFlavour.PDFUA_1;
            try (PDFAParser parser =
                    Foundries.defaultInstance().createParser(new FileInputStream(name), ua1)) {
                PDFAValidator validator = Foundries.defaultInstance().createValidator(ua1, false);
                ValidationResult result = validator.validate(parser);
                System.out.println(
                        name + "\t" + result.isCompliant() + "\t" + result.getTotalAssertions());
                for (TestAssertion each : result.getTestAssertions()) {
                    if (each.getStatus() == TestAssertion.Status.FAILED) {
                        System.out.println(
                                name + "\t" + each.getRuleId().getClause() + "\t" + each.getMessage());
                    }
                }
            }
        }
    }
}
