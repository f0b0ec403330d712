/**
 * The OAuth and installation schemas of HighLevel's published API description (its V2 OAuth document, its marketplace
 * document and the shared error schemas), copied without descriptions and examples, references resolved. Tests check the
 * simulator's answers against them.
 */
export const OPENAPI_SCHEMAS = {
  tokenRequest: {
    type: "object",
    properties: {
      client_id: {
        type: "string",
      },
      client_secret: {
        type: "string",
      },
      grant_type: {
        type: "string",
        enum: ["authorization_code", "refresh_token", "client_credentials"],
      },
      code: {
        type: "string",
      },
      refresh_token: {
        type: "string",
      },
      user_type: {
        type: "string",
        enum: ["Company", "Location"],
      },
      redirect_uri: {
        type: "string",
      },
    },
    required: ["client_id", "client_secret", "grant_type"],
  },
  tokenAnswer: {
    type: "object",
    properties: {
      access_token: {
        type: "string",
      },
      token_type: {
        type: "string",
      },
      expires_in: {
        type: "number",
      },
      refresh_token: {
        type: "string",
      },
      scope: {
        type: "string",
      },
      userType: {
        type: "string",
      },
      locationId: {
        type: "string",
      },
      companyId: {
        type: "string",
      },
      approvedLocations: {
        type: "array",
        items: {
          type: "string",
        },
      },
      userId: {
        type: "string",
      },
      planId: {
        type: "string",
      },
      isBulkInstallation: {
        type: "boolean",
      },
      installToFutureLocations: {
        type: "boolean",
      },
      approveAllLocations: {
        type: "boolean",
      },
    },
    required: ["userId"],
  },
  locationTokenRequest: {
    type: "object",
    properties: {
      companyId: {
        type: "string",
      },
      locationId: {
        type: "string",
      },
    },
    required: ["companyId", "locationId"],
  },
  locationTokenAnswer: {
    type: "object",
    properties: {
      access_token: {
        type: "string",
      },
      token_type: {
        type: "string",
      },
      expires_in: {
        type: "number",
      },
      scope: {
        type: "string",
      },
      locationId: {
        type: "string",
      },
      planId: {
        type: "string",
      },
      userId: {
        type: "string",
      },
      appId: {
        type: "string",
      },
      versionId: {
        type: "string",
      },
    },
    required: ["userId"],
  },
  installedLocationsAnswer: {
    type: "object",
    properties: {
      locations: {
        type: "array",
        items: {
          type: "object",
          properties: {
            _id: {
              type: "string",
            },
            name: {
              type: "string",
            },
            address: {
              type: "string",
            },
            isInstalled: {
              type: "boolean",
            },
            versionId: {
              type: "string",
            },
            installedAt: {
              format: "date-time",
              type: "string",
            },
          },
          required: ["_id", "name", "address"],
        },
      },
      count: {
        type: "number",
      },
      installToFutureLocations: {
        type: "boolean",
      },
    },
  },
  badRequest: {
    type: "object",
    properties: {
      statusCode: {
        type: "number",
      },
      message: {
        type: "string",
      },
    },
  },
  unauthorized: {
    type: "object",
    properties: {
      statusCode: {
        type: "number",
      },
      message: {
        type: "string",
      },
      error: {
        type: "string",
      },
    },
  },
  unprocessable: {
    type: "object",
    properties: {
      statusCode: {
        type: "number",
      },
      message: {
        type: "array",
        items: {
          type: "string",
        },
      },
      error: {
        type: "string",
      },
    },
  },
  uninstallRequest: {
    type: "object",
    properties: {
      companyId: {
        type: "string",
      },
      locationId: {
        type: "string",
      },
      reason: {
        type: "string",
      },
    },
  },
  uninstallAnswer: {
    type: "object",
    properties: {
      success: {
        type: "boolean",
      },
    },
    required: [
      "success",
    ],
  },
  installerDetailsAnswer: {
    type: "object",
    properties: {
      installationDetails: {
        type: "object",
        properties: {
          companyId: {
            type: "string",
          },
          locationId: {
            type: "string",
          },
          companyName: {
            type: "string",
          },
          relationshipNumber: {
            type: "string",
          },
          companyEmail: {
            type: "string",
            nullable: true,
          },
          companyOwnerFullName: {
            type: "string",
            nullable: true,
          },
          userId: {
            type: "string",
          },
          isWhitelabelCompany: {
            type: "boolean",
          },
          companyPlan: {
            type: "string",
            nullable: true,
          },
          companyHighLevelPlan: {
            type: "string",
            nullable: true,
          },
          marketplaceAppPlanId: {
            type: "string",
          },
          whitelabelDetails: {
            type: "object",
            properties: {
              domain: {
                type: "string",
              },
              logoUrl: {
                type: "string",
              },
            },
            required: [
              "domain",
              "logoUrl",
            ],
          },
        },
        required: [
          "companyId",
          "companyName",
          "relationshipNumber",
          "userId",
          "isWhitelabelCompany",
        ],
      },
    },
    required: [
      "installationDetails",
    ],
  },
} as const;
