namespace Tessera.Mount.Tests.Differential;

/// <summary>The first call of a program after which the two directories disagree.</summary>
/// <param name="At">Its place in the program; the program's length when only the trees at the end differ.</param>
/// <param name="What">What was asked, and both answers.</param>
internal sealed record Difference(int At, string What);
