using System.Globalization;

namespace Tessera.Mount.Tests.RealPrograms;

/// <summary>Small programs to build.</summary>
internal static class BuildSamples
{
    /// <summary>A C program of several modules that share a header.</summary>
    public static void CreateCProject(string directory, int modules)
    {
        File.WriteAllText(Path.Combine(directory, "common.h"), "#define INCREMENT 1\n");
        for (int i = 0; i < modules; i++)
        {
            File.WriteAllText(
                Path.Combine(directory, $"module{i}.c"),
                $"#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include \"common.h\"\nint module{i}(int x) {{ return x + INCREMENT; }}\n");
        }

        string[] names = [.. Enumerable.Range(0, modules).Select(i => $"module{i}")];
        string declarations = string.Concat(names.Select(name => $"int {name}(int);\n"));
        string calls = string.Concat(names.Select(name => $"  x = {name}(x);\n"));
        File.WriteAllText(Path.Combine(directory, "main.c"), $"#include <stdio.h>\n{declarations}int main(void) {{\n  int x = 0;\n{calls}  printf(\"%d\\n\", x);\n}}\n");
        string objects = string.Join(' ', names.Append("main").Select(name => name + ".o"));
        File.WriteAllText(
            Path.Combine(directory, "Makefile"),
            $"CFLAGS = -O2 -g\nprogram: {objects}\n\tcc -o $@ {objects}\n{objects}: common.h\n");
    }

    public static string Expected(int modules, int increment) => (modules * increment).ToString(CultureInfo.InvariantCulture);

    /// <summary>A console program that needs no package.</summary>
    public static void CreateDotnetProject(string directory)
    {
        File.WriteAllText(Path.Combine(directory, "sample.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(directory, "nuget.config"), """
            <configuration>
              <packageSources><clear /></packageSources>
            </configuration>
            """);
        for (int i = 0; i < 50; i++)
        {
            File.WriteAllText(Path.Combine(directory, $"Part{i}.cs"), $"internal static class Part{i} {{ public static int Value => {i}; }}\n");
        }

        File.WriteAllText(
            Path.Combine(directory, "Program.cs"),
            $"Console.WriteLine({string.Join(" + ", Enumerable.Range(0, 50).Select(i => $"Part{i}.Value"))} == 1225 ? \"built and ran\" : \"wrong\");\n");
    }
}
